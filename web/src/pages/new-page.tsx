import { SkeletonLine } from "@cloudflare/kumo";
import { useQuery } from "@tanstack/react-query";
import { catalogQuery } from "../api/queries.ts";
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
        <div role="status" aria-label="Loading" className="flex flex-col gap-6">
          {[0, 1, 2].map((row) => (
            <SkeletonLine key={row} className="h-10 w-full" />
          ))}
        </div>
      )}
    </div>
  );
}
