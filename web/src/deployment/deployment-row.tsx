import { CaretRightIcon } from "@phosphor-icons/react";
import { Link } from "wouter";
import type { Catalog } from "../../../worker/contract/catalog.ts";
import type { Deployment } from "../../../worker/contract/deployments.ts";
import { RelativeTime } from "../time/relative-time.tsx";
import { PhaseBadge } from "./phase-badge.tsx";
import { hostOf, regionTitle, runtimeTitle } from "./words.ts";

/** One deployment of the list; all of it leads to its page. */
export function DeploymentRow({
  deployment,
  catalog,
}: {
  deployment: Deployment;
  catalog: Catalog | undefined;
}) {
  return (
    <li>
      <Link
        href={`/deployments/${deployment.id}`}
        className="group grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-6 gap-y-2 px-4 py-4 outline-none hover:bg-kumo-tint/60 focus-visible:ring-2 focus-visible:ring-kumo-brand focus-visible:ring-inset sm:px-5 md:grid-cols-[minmax(0,1.1fr)_minmax(0,1.3fr)_minmax(0,1fr)_auto]"
      >
        <span className="col-start-1 row-start-1 flex min-w-0 flex-col gap-0.5">
          <span className="truncate font-medium text-kumo-strong">{deployment.name}</span>
          <span className="truncate text-sm text-kumo-subtle">{hostOf(deployment)}</span>
        </span>
        <span className="col-span-2 row-start-2 flex min-w-0 flex-col gap-0.5 md:col-span-1 md:row-start-1">
          <PhaseBadge phase={deployment.phase} />
          <span className="truncate pl-4 text-sm text-kumo-subtle">{deployment.reason}</span>
        </span>
        <span className="col-span-2 row-start-3 flex min-w-0 flex-wrap gap-x-2 text-sm text-kumo-subtle md:col-span-1 md:row-start-1 md:flex-col md:gap-0.5">
          <span className="truncate md:text-base md:text-kumo-default">
            {runtimeTitle(catalog, deployment)} {deployment.version}
          </span>
          <span className="truncate">
            <span aria-hidden="true" className="mr-2 md:hidden">
              ·
            </span>
            {regionTitle(catalog, deployment)}
            <span aria-hidden="true"> · </span>
            <RelativeTime at={deployment.createdAt} />
          </span>
        </span>
        <CaretRightIcon
          size={16}
          aria-hidden="true"
          className="col-start-2 row-start-1 text-kumo-inactive group-hover:text-kumo-subtle md:col-start-4"
        />
      </Link>
    </li>
  );
}
