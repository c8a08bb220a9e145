import { Button } from "@cloudflare/kumo";
import { ArrowClockwiseIcon } from "@phosphor-icons/react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { Deployment } from "../../../worker/contract/deployments.ts";
import { applySecrets } from "../../../worker/contract/secrets.ts";
import { api } from "../api/client.ts";
import { showSnapshot } from "../api/queries.ts";
import { Problem } from "../components/problem.tsx";
import { useMay } from "../session/use-may.ts";

/** Changes wait for the next boot: what brings them, and the button for now. */
export function PendingSecrets({ deployment }: { deployment: Deployment }) {
  const client = useQueryClient();
  const mayApply = useMay()(applySecrets);
  const apply = useMutation({
    mutationFn: () => api.call(applySecrets, { params: { id: deployment.id } }),
    onSuccess: (snapshot) => showSnapshot(client, snapshot),
  });
  if (!deployment.secretsPending) return null;
  const isStopped = deployment.phase === "stopped" || deployment.phase === "stopping";
  return (
    <div aria-live="polite" className="border-b border-kumo-hairline bg-kumo-info-tint">
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 px-5 py-3">
        <p className="min-w-0 flex-1 basis-48 text-sm leading-5 text-kumo-default">
          {isStopped
            ? "Secrets were changed. The next start brings them."
            : "Secrets were changed. A restart brings them; until then the assistant goes on with the old ones."}
        </p>
        {mayApply && !isStopped && deployment.actions.includes("update") ? (
          <Button
            size="sm"
            icon={<ArrowClockwiseIcon />}
            loading={apply.isPending}
            onClick={() => apply.mutate()}
          >
            Apply now
          </Button>
        ) : null}
      </div>
      {apply.error === null ? null : (
        <Problem error={apply.error} onDismiss={() => apply.reset()} className="px-5 pb-4" />
      )}
    </div>
  );
}
