import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { create } from "../../../worker/contract/deployments.ts";
import { catalogQuery, deploymentsQuery } from "../api/queries.ts";
import { Loading } from "../components/loading.tsx";
import { PageTitle } from "../components/page-title.tsx";
import { Problem } from "../components/problem.tsx";
import { CreateForm } from "../deployment/create-form.tsx";
import { NothingYet } from "../deployment/nothing-yet.tsx";
import { useMay } from "../session/use-may.ts";

export function NewPage() {
  const { data: catalog, error, refetch } = useQuery(catalogQuery);
  // Only for a name that isn't taken yet; without the list, any name will do.
  const list = useInfiniteQuery(deploymentsQuery);
  const mayCreate = useMay()(create);
  if (!mayCreate) return <NothingYet isForm />;
  const names = list.data?.pages.flatMap(({ items }) => items.map(({ name }) => name));
  return (
    <div className="mx-auto max-w-2xl">
      <PageTitle title="New deployment" />
      <p className="mt-1.5 mb-8 text-kumo-subtle">
        Everything is filled in. Change what you like, or just create it.
      </p>
      {catalog !== undefined && !list.isLoading ? (
        <CreateForm catalog={catalog} takenNames={names ?? []} />
      ) : error !== null ? (
        <Problem error={error} onRetry={() => void refetch()} />
      ) : (
        <Loading what="choices" lines={6} className="flex flex-col gap-5" />
      )}
    </div>
  );
}
