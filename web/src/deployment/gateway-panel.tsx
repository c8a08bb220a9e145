import { Button } from "@cloudflare/kumo";
import { ArrowClockwiseIcon, CheckSquareIcon } from "@phosphor-icons/react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { ConfigVerdict } from "../../../worker/contract/control.ts";
import { validateConfig } from "../../../worker/contract/control.ts";
import type { Deployment } from "../../../worker/contract/deployments.ts";
import { restart } from "../../../worker/contract/deployments.ts";
import { api } from "../api/client.ts";
import { eventsQuery, showSnapshot } from "../api/queries.ts";
import { ConfirmDialog } from "../components/confirm-dialog.tsx";
import { DoneNote } from "../components/done-note.tsx";
import { Panel } from "../components/panel.tsx";
import { Problem } from "../components/problem.tsx";
import { useMay } from "../session/use-may.ts";

/** What its machine can be told to do by itself, while it runs. */
export function GatewayPanel({ deployment }: { deployment: Deployment }) {
  const { id, name } = deployment;
  const client = useQueryClient();
  const [isAsking, setAsking] = useState(false);
  const again = useMutation({
    mutationFn: () => api.call(restart, { params: { id }, query: { processOnly: "true" } }),
    onSuccess: (snapshot) => {
      showSnapshot(client, snapshot);
      void client.invalidateQueries({ queryKey: eventsQuery(id).queryKey });
    },
  });
  const check = useMutation({ mutationFn: () => api.call(validateConfig, { params: { id } }) });
  const mayRestart = useMay()(restart) && deployment.actions.includes("restart");
  if (!mayRestart) return null;
  const said = again.isSuccess
    ? "The gateway is restarting. It can't be reached for half a minute or so."
    : check.isSuccess
      ? verdictWords(check.data)
      : null;
  return (
    <Panel title="Gateway">
      <div className="flex flex-wrap gap-2 px-5 py-4">
        <Button
          size="sm"
          icon={<ArrowClockwiseIcon />}
          loading={again.isPending}
          onClick={() => setAsking(true)}
        >
          Restart gateway only
        </Button>
        <Button
          size="sm"
          icon={<CheckSquareIcon />}
          loading={check.isPending}
          onClick={() => {
            again.reset();
            check.mutate();
          }}
        >
          Check configuration
        </Button>
      </div>
      <DoneNote className={said === null ? "sr-only" : "block border-t border-kumo-hairline px-5 py-3"}>
        {said}
      </DoneNote>
      {check.data === undefined || check.data.issues.length === 0 ? null : (
        <ul className="border-t border-kumo-hairline px-5 py-3 text-sm">
          {check.data.issues.map(({ path, message }) => (
            <li key={`${path} ${message}`} className="break-words">
              {path === "" ? null : <code className="font-mono">{path}</code>} {message}
            </li>
          ))}
        </ul>
      )}
      {[again, check].map(({ error, reset }, index) =>
        error === null ? null : (
          <Problem
            key={index === 0 ? "restart" : "check"}
            error={error}
            onDismiss={reset}
            className="px-5 pb-4"
          />
        ),
      )}
      <ConfirmDialog
        question={
          isAsking
            ? {
                title: `Restart the gateway of ${name}?`,
                text: "What the assistant is doing now gets time to finish, then its program starts anew. Its machine runs on; changed secrets still wait for a restart of the machine.",
                button: "Restart gateway",
              }
            : null
        }
        onConfirm={() => {
          setAsking(false);
          check.reset();
          again.mutate();
        }}
        onClose={() => setAsking(false)}
      />
    </Panel>
  );
}

const verdictWords = ({ valid }: ConfigVerdict): string =>
  valid
    ? "The runtime finds nothing wrong with its configuration."
    : "The runtime doesn't accept its configuration:";
