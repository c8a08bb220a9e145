import { Button } from "@cloudflare/kumo";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { reopenAccount } from "../../../worker/contract/account.ts";
import type { Me } from "../../../worker/contract/auth.ts";
import { api } from "../api/client.ts";
import { Panel } from "../components/panel.tsx";
import { Problem } from "../components/problem.tsx";
import { formatExact } from "../time/relative.ts";

/** The way back from a closing. */
export function ReopenPanel({ closesAt }: Pick<Me["account"], "closesAt">) {
  const client = useQueryClient();
  const reopen = useMutation({
    mutationFn: () => api.call(reopenAccount, {}),
    onSettled: () => client.invalidateQueries(),
  });
  return (
    <Panel title="Reopen the account">
      <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3 px-5 py-4">
        <p className="min-w-0 flex-1 basis-72 text-sm leading-5 text-kumo-subtle">
          {closesAt === null
            ? "It can be kept until the day it is destroyed. "
            : `It can be kept until ${formatExact(Date.parse(closesAt))}. `}
          Everything is still there; assistants that ran start again.
        </p>
        <Button variant="primary" loading={reopen.isPending} onClick={() => reopen.mutate()}>
          Reopen account
        </Button>
      </div>
      {reopen.error === null ? null : (
        <Problem error={reopen.error} onDismiss={() => reopen.reset()} className="px-5 pb-4" />
      )}
    </Panel>
  );
}
