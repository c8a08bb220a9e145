import { useQuery } from "@tanstack/react-query";
import { catalogQuery } from "../api/queries.ts";
import { Loading } from "../components/loading.tsx";
import { PageTitle } from "../components/page-title.tsx";
import { Problem } from "../components/problem.tsx";
import { CreateForm } from "../deployment/create-form.tsx";

export function NewPage() {
  const { data: catalog, error, refetch } = useQuery(catalogQuery);
  return (
    <div className="mx-auto max-w-2xl">
      <PageTitle title="New deployment" />
      <p className="mt-1.5 mb-8 text-kumo-subtle">
        Everything is filled in. Change what you like, or just create it.
      </p>
      {catalog !== undefined ? (
        <CreateForm catalog={catalog} />
      ) : error !== null ? (
        <Problem error={error} onRetry={() => void refetch()} />
      ) : (
        <Loading what="choices" lines={6} className="flex flex-col gap-5" />
      )}
    </div>
  );
}
