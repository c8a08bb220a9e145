import { Button, LinkButton } from "@cloudflare/kumo";
import { PlusIcon } from "@phosphor-icons/react";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { create } from "../../../worker/contract/deployments.ts";
import { catalogQuery, deploymentsQuery } from "../api/queries.ts";
import { Loading } from "../components/loading.tsx";
import { PageTitle } from "../components/page-title.tsx";
import { Problem } from "../components/problem.tsx";
import { DeploymentRow } from "../deployment/deployment-row.tsx";
import { FirstSteps } from "../deployment/first-steps.tsx";
import { NothingYet } from "../deployment/nothing-yet.tsx";
import { isUnderWay } from "../deployment/words.ts";
import { useMay } from "../session/use-may.ts";

/** While something is under way the list follows it closely; at rest it only keeps itself honest. */
const BUSY_POLL_MS = 3_000;
const CALM_POLL_MS = 30_000;

export function DeploymentsPage() {
  const { data: catalog } = useQuery(catalogQuery);
  const list = useInfiniteQuery({
    ...deploymentsQuery,
    refetchInterval: ({ state }) => {
      const all = state.data?.pages.flatMap(({ items }) => items) ?? [];
      return all.some(({ phase }) => isUnderWay(phase)) ? BUSY_POLL_MS : CALM_POLL_MS;
    },
  });
  const deployments = list.data?.pages.flatMap(({ items }) => items);

  const mayCreate = useMay()(create);
  if (deployments?.length === 0) return mayCreate ? <FirstSteps /> : <NothingYet />;
  return (
    <>
      <div className="mb-6 flex items-center justify-between gap-4">
        <PageTitle title="Deployments" />
        {mayCreate ? (
          <LinkButton href="/new" variant="primary" icon={<PlusIcon weight="bold" />}>
            New deployment
          </LinkButton>
        ) : null}
      </div>
      {list.error === null ? null : (
        <Problem error={list.error} onRetry={() => void list.refetch()} className="mb-4" />
      )}
      {deployments === undefined ? (
        list.error === null ? (
          <Loading
            what="deployments"
            lines={6}
            className="flex flex-col gap-4 rounded-xl bg-kumo-base p-5 shadow-xs ring ring-kumo-hairline"
          />
        ) : null
      ) : (
        <ul className="divide-y divide-kumo-hairline overflow-hidden rounded-xl bg-kumo-base shadow-xs ring ring-kumo-hairline">
          {deployments.map((deployment) => (
            <DeploymentRow key={deployment.id} deployment={deployment} catalog={catalog} />
          ))}
        </ul>
      )}
      {list.hasNextPage ? (
        <div className="mt-4 flex justify-center">
          <Button loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            Show more
          </Button>
        </div>
      ) : null}
    </>
  );
}
