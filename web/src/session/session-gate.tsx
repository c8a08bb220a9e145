import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { meQuery } from "../api/queries.ts";
import { codeOf } from "../api/problem.ts";
import { PageLoading } from "../components/page-loading.tsx";
import { Problem } from "../components/problem.tsx";

/** Shows its children to somebody who is signed in. Nobody else stays: any 401 leads to the login page. */
export function SessionGate({ children }: { children: ReactNode }) {
  const { data, error, refetch } = useQuery(meQuery);
  if (data !== undefined) return children;
  if (error === null || codeOf(error) === "auth.required") return <PageLoading />;
  return (
    <div className="mx-auto max-w-lg px-4 py-24">
      <Problem error={error} onRetry={() => void refetch()} />
    </div>
  );
}
