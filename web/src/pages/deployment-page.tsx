import { Link, LinkButton } from "@cloudflare/kumo";
import { CaretLeftIcon } from "@phosphor-icons/react";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { codeOf } from "../api/problem.ts";
import { catalogQuery, eventsQuery, meQuery } from "../api/queries.ts";
import { PageLoading } from "../components/page-loading.tsx";
import { PageTitle } from "../components/page-title.tsx";
import { Problem } from "../components/problem.tsx";
import { ActivityPanel } from "../deployment/activity-panel.tsx";
import { EgressPanel } from "../egress/egress-panel.tsx";
import { DeploymentHeader } from "../deployment/deployment-header.tsx";
import { Facts } from "../deployment/facts.tsx";
import { GatewayPanel } from "../deployment/gateway-panel.tsx";
import { PhaseAnnouncer } from "../deployment/phase-announcer.tsx";
import { ProgressPanel } from "../deployment/progress-panel.tsx";
import { SizePanel } from "../deployment/size-panel.tsx";
import { useLiveDeployment } from "../deployment/use-live-deployment.ts";
import { LogPanel } from "../logs/log-panel.tsx";
import { SecretsPanel } from "../secrets/secrets-panel.tsx";
import { UsagePanel } from "../usage/usage-panel.tsx";

export function DeploymentPage({ id }: { id: string }) {
  const { data: catalog } = useQuery(catalogQuery);
  const { query, live } = useLiveDeployment(id);
  const timeline = useInfiniteQuery(eventsQuery(id));
  const { data: deployment, error } = query;
  const code = codeOf(error);

  const isPurged = deployment !== undefined && deployment.purgedAt !== null;
  if (code === "deployment.deleted" || isPurged) return <Gone title="Deleted for good" />;
  if (code === "deployment.not_found" || code === "request.malformed" || code === "request.invalid")
    return <Gone title="No such deployment" />;
  if (deployment === undefined)
    return error === null ? (
      <PageLoading />
    ) : (
      <Unreachable error={error} onRetry={() => void query.refetch()} />
    );

  const events = timeline.data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <>
      <Link
        href="/"
        variant="plain"
        className="mb-4 inline-flex items-center gap-1 text-sm text-kumo-subtle hover:text-kumo-default"
      >
        <CaretLeftIcon size={14} aria-hidden="true" /> Deployments
      </Link>
      <DeploymentHeader deployment={deployment} events={events} live={live} />
      <Facts deployment={deployment} catalog={catalog} />
      <PhaseAnnouncer deployment={deployment} />
      <div className="mt-6 grid items-start gap-6 lg:grid-cols-[minmax(0,5fr)_minmax(0,7fr)]">
        <div className="flex min-w-0 flex-col gap-6">
          <ProgressPanel deployment={deployment} events={events} />
          {deployment.phase === "deleted" ? null : <SizePanel deployment={deployment} />}
          <GatewayPanel deployment={deployment} />
          {deployment.phase === "deleted" ? null : <SecretsPanel deployment={deployment} />}
          <UsagePanel id={deployment.id} />
          {deployment.phase === "deleted" ? null : <EgressPanel deployment={deployment} />}
          <ActivityPanel timeline={timeline} />
        </div>
        {deployment.phase === "deleted" ? null : (
          <LogPanel id={deployment.id} isFollowing={deployment.phase !== "stopped"} />
        )}
      </div>
    </>
  );
}

function Gone({ title }: { title: string }) {
  const { data: me } = useQuery(meQuery);
  const isInSeveral = (me?.accounts.length ?? 0) > 1;
  return (
    <div className="flex flex-col items-start gap-4 py-16">
      <PageTitle title={title} />
      <p className="max-w-md text-kumo-subtle">
        {title === "Deleted for good"
          ? "Its machine, its volume and everything on it are gone."
          : isInSeveral
            ? "It doesn't exist, or it belongs to another account. If it is one of yours, switch to it in the menu."
            : "It doesn't exist, or it belongs to somebody else."}
      </p>
      <LinkButton href="/">All deployments</LinkButton>
    </div>
  );
}

function Unreachable({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  return (
    <div className="mx-auto max-w-lg py-16">
      <PageTitle title="Deployment" className="sr-only" />
      <Problem error={error} onRetry={onRetry} />
    </div>
  );
}
