import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { Deployment } from "../../../worker/contract/deployments.ts";
import { remove, restart, retry, start, stop, undelete } from "../../../worker/contract/deployments.ts";
import { api } from "../api/client.ts";
import { deploymentKey, deploymentsQuery, showSnapshot } from "../api/queries.ts";
import type { Action } from "./words.ts";

/** What one button asks for; the others need a form of their own. */
export type Change = Exclude<Action, "update" | "rollback" | "backup" | "restore">;

export const ROUTES = { restart, retry, start, stop, undelete, delete: remove } as const satisfies Record<
  Change,
  unknown
>;

/** Asks for a change. The answer is a promise: the page shows it as pending until its generation is observed. */
export function useChange(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (change: Change): Promise<Deployment> => api.call(ROUTES[change], { params: { id } }),
    onSuccess: (deployment) => {
      showSnapshot(client, deployment);
      void client.invalidateQueries({ queryKey: deploymentsQuery.queryKey });
    },
    // A refusal means that the page was behind.
    onError: () => void client.invalidateQueries({ queryKey: deploymentKey(id) }),
  });
}
