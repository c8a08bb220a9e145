import { Button } from "@cloudflare/kumo";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Deployment } from "../../../worker/contract/deployments.ts";
import { rotateDoorKey } from "../../../worker/contract/secrets.ts";
import { api } from "../api/client.ts";
import { showSnapshot } from "../api/queries.ts";
import { ConfirmDialog } from "../components/confirm-dialog.tsx";
import { DoneNote } from "../components/done-note.tsx";
import { Panel } from "../components/panel.tsx";
import { Problem } from "../components/problem.tsx";
import { useMay } from "../session/use-may.ts";

/** What helps when somebody may have got hold of what only the door should have. */
export function DoorKeyPanel({ deployment }: { deployment: Deployment }) {
  const client = useQueryClient();
  const mayRotate = useMay()(rotateDoorKey);
  const [isAsking, setAsking] = useState(false);
  const rotate = useMutation({
    mutationFn: () => api.call(rotateDoorKey, { params: { id: deployment.id } }),
    onSuccess: (snapshot) => showSnapshot(client, snapshot),
  });
  if (!mayRotate || !deployment.actions.includes("update")) return null;
  return (
    <Panel title="Danger zone" className="ring-kumo-danger/40">
      <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3 px-5 py-4">
        <div className="flex min-w-0 flex-1 basis-56 flex-col gap-0.5">
          <h3 className="font-medium text-kumo-strong">Rotate the door’s key</h3>
          <p className="text-sm leading-5 text-kumo-subtle">
            The door proves with it to the assistant who comes in. Do it when the key may have got out.
          </p>
        </div>
        <Button variant="secondary-destructive" loading={rotate.isPending} onClick={() => setAsking(true)}>
          Rotate key
        </Button>
      </div>
      <DoneNote className={rotate.isSuccess ? "block px-5 pb-4" : "sr-only"}>
        {rotate.isSuccess ? "The door has a new key; the assistant restarts with it." : null}
      </DoneNote>
      {rotate.error === null ? null : (
        <Problem error={rotate.error} onDismiss={() => rotate.reset()} className="px-5 pb-4" />
      )}
      <ConfirmDialog
        question={
          isAsking
            ? {
                title: "Rotate the door’s key?",
                text: "The assistant restarts with a new one, by a safe update: what it is doing is interrupted, its data is kept. The old key opens nothing after that.",
                button: "Rotate key",
                isDestructive: true,
              }
            : null
        }
        onConfirm={() => {
          setAsking(false);
          rotate.mutate();
        }}
        onClose={() => setAsking(false)}
      />
    </Panel>
  );
}
