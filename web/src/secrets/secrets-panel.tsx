import { Button } from "@cloudflare/kumo";
import { PlusIcon } from "@phosphor-icons/react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Deployment } from "../../../worker/contract/deployments.ts";
import { deleteSecret, setSecret } from "../../../worker/contract/secrets.ts";
import { api } from "../api/client.ts";
import { deploymentKey } from "../api/queries.ts";
import { secretsQuery } from "../api/secrets-query.ts";
import { ConfirmDialog } from "../components/confirm-dialog.tsx";
import { DoneNote } from "../components/done-note.tsx";
import { Loading } from "../components/loading.tsx";
import { Panel } from "../components/panel.tsx";
import { Problem } from "../components/problem.tsx";
import { Rows } from "../components/rows.tsx";
import { useMay } from "../session/use-may.ts";
import { PendingSecrets } from "./pending-secrets.tsx";
import { SecretForm } from "./secret-form.tsx";
import { SecretRow } from "./secret-row.tsx";

/** The new one, or the name of the one that gets another value. */
type Edited = { replaced: string | null };

/** What the assistant knows as its environment and nobody can read back. */
export function SecretsPanel({ deployment }: { deployment: Deployment }) {
  const { id } = deployment;
  const client = useQueryClient();
  const list = useQuery(secretsQuery(id));
  const mayWrite = useMay()(setSecret);
  const [edited, setEdited] = useState<Edited | null>(null);
  const [asked, setAsked] = useState<string | null>(null);
  const [said, setSaid] = useState<string | null>(null);
  const refresh = (): void => {
    void client.invalidateQueries({ queryKey: secretsQuery(id).queryKey });
    void client.invalidateQueries({ queryKey: deploymentKey(id) });
  };
  const remove = useMutation({
    mutationFn: (name: string) => api.call(deleteSecret, { params: { id, name } }),
    onSuccess: (_, name) => setSaid(`${name} is deleted.`),
    onSettled: refresh,
  });
  const edit = (next: Edited | null): void => {
    setEdited(next);
    setSaid(null);
  };
  const secrets = list.data?.items;
  const names = secrets?.map(({ name }) => name) ?? [];
  return (
    <Panel
      title="Secrets"
      aside={
        mayWrite && edited === null ? (
          <Button size="sm" icon={<PlusIcon />} onClick={() => edit({ replaced: null })}>
            Add secret
          </Button>
        ) : null
      }
    >
      <PendingSecrets deployment={deployment} />
      {list.error === null ? null : (
        <Problem error={list.error} onRetry={() => void list.refetch()} className="p-5" />
      )}
      {remove.error === null ? null : (
        <Problem error={remove.error} onDismiss={() => remove.reset()} className="p-5" />
      )}
      {edited === null ? null : (
        <SecretForm
          // Another secret is another form: no value outlives its name.
          key={edited.replaced ?? ""}
          deploymentId={id}
          names={names}
          replaced={edited.replaced}
          onCancel={() => edit(null)}
          onKept={(words) => {
            setEdited(null);
            setSaid(words);
            refresh();
          }}
        />
      )}
      <DoneNote className={said === null ? "sr-only" : "block border-b border-kumo-hairline px-5 py-3"}>
        {said}
      </DoneNote>
      {secrets === undefined && list.error === null ? (
        <Loading what="secrets" lines={2} className="flex flex-col gap-3 p-5" />
      ) : null}
      {secrets?.length === 0 && edited === null ? (
        <p className="px-5 py-4 text-sm leading-5 text-kumo-subtle">
          None yet. Keys of model providers and bot tokens go here: encrypted, given to this assistant alone,
          and never shown again.
        </p>
      ) : null}
      {secrets === undefined || secrets.length === 0 ? null : (
        <Rows label="Secrets">
          {secrets.map((secret) => (
            <SecretRow
              key={secret.name}
              secret={secret}
              isDeleting={remove.isPending && remove.variables === secret.name}
              {...(mayWrite
                ? {
                    onReplace: () => edit({ replaced: secret.name }),
                    onDelete: () => setAsked(secret.name),
                  }
                : {})}
            />
          ))}
        </Rows>
      )}
      <ConfirmDialog
        question={
          asked === null
            ? null
            : {
                title: `Delete ${asked}?`,
                text: "The assistant loses it at its next restart. Nobody can bring the value back.",
                button: "Delete secret",
                isDestructive: true,
              }
        }
        onConfirm={() => {
          if (asked !== null) remove.mutate(asked);
          setAsked(null);
        }}
        onClose={() => setAsked(null)}
      />
    </Panel>
  );
}
