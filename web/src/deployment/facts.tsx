import { Badge } from "@cloudflare/kumo";
import type { ReactNode } from "react";
import type { Catalog } from "../../../worker/contract/catalog.ts";
import type { Deployment } from "../../../worker/contract/deployments.ts";
import { RelativeTime } from "../time/relative-time.tsx";
import { hostOf, regionTitle, runtimeTitle } from "./words.ts";

/** What it is made of. */
export function Facts({ deployment, catalog }: { deployment: Deployment; catalog: Catalog | undefined }) {
  const isLegacy = catalog?.runtimes.find(({ id }) => id === deployment.runtime)?.legacy ?? false;
  return (
    <dl className="mt-6 grid grid-cols-2 gap-x-6 gap-y-4 rounded-xl bg-kumo-base px-5 py-4 shadow-xs ring ring-kumo-hairline md:grid-cols-[auto_auto_minmax(0,1fr)_auto] md:gap-x-12">
      <Fact term="Runtime">
        <span className="inline-flex flex-wrap items-center gap-x-2">
          {runtimeTitle(catalog, deployment)} {deployment.version}
          {isLegacy ? <Badge variant="secondary">Legacy</Badge> : null}
        </span>
      </Fact>
      <Fact term="Region">{regionTitle(catalog, deployment)}</Fact>
      <Fact term="Address">
        <span className="block truncate" title={hostOf(deployment)}>
          {hostOf(deployment)}
        </span>
      </Fact>
      <Fact term="Created">
        <RelativeTime at={deployment.createdAt} />
      </Fact>
    </dl>
  );
}

function Fact({ term, children }: { term: string; children: ReactNode }) {
  return (
    <div className="flex min-w-0 flex-col gap-0.5">
      <dt className="text-sm text-kumo-subtle">{term}</dt>
      <dd className="min-w-0 text-kumo-default">{children}</dd>
    </div>
  );
}
