import { Button } from "@cloudflare/kumo";
import { PlusIcon } from "@phosphor-icons/react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { removePasskey } from "../../../worker/contract/security.ts";
import { passkeysQuery } from "../api/account-queries.ts";
import { api } from "../api/client.ts";
import { meQuery } from "../api/queries.ts";
import { ConfirmDialog } from "../components/confirm-dialog.tsx";
import { DoneNote } from "../components/done-note.tsx";
import { Loading } from "../components/loading.tsx";
import { Panel } from "../components/panel.tsx";
import { Problem } from "../components/problem.tsx";
import { Rows } from "../components/rows.tsx";
import { canUsePasskeys } from "../session/can-use-passkeys.ts";
import { PasskeyForm } from "./passkey-form.tsx";
import type { Passkey } from "./passkey-row.tsx";
import { PasskeyRow } from "./passkey-row.tsx";

export function PasskeysPanel({ onCodes }: { onCodes: (codes: readonly string[]) => void }) {
  const client = useQueryClient();
  const list = useQuery(passkeysQuery);
  const [isAdding, setAdding] = useState(false);
  const [removed, setRemoved] = useState<Passkey | null>(null);
  const [said, setSaid] = useState<string | null>(null);
  const refresh = (): void => {
    void client.invalidateQueries({ queryKey: passkeysQuery.queryKey });
    void client.invalidateQueries({ queryKey: meQuery.queryKey });
  };
  const remove = useMutation({
    mutationFn: ({ id }: Passkey) => api.call(removePasskey, { params: { id } }),
    onSuccess: (_, { name }) => setSaid(`The passkey “${name}” is removed.`),
    onSettled: refresh,
  });
  return (
    <Panel
      title="Passkeys"
      aside={
        canUsePasskeys() && !isAdding ? (
          <Button
            size="sm"
            icon={<PlusIcon />}
            onClick={() => {
              setAdding(true);
              setSaid(null);
            }}
          >
            Add a passkey
          </Button>
        ) : null
      }
    >
      {list.error === null ? null : (
        <Problem error={list.error} onRetry={() => void list.refetch()} className="p-5" />
      )}
      {remove.error === null ? null : (
        <Problem error={remove.error} onDismiss={() => remove.reset()} className="p-5" />
      )}
      {isAdding ? (
        <PasskeyForm
          onCancel={() => setAdding(false)}
          onAdded={(name, codes) => {
            setAdding(false);
            setSaid(`The passkey “${name}” is yours. Log in with it alone from now on, if you like.`);
            if (codes !== null) onCodes(codes);
            refresh();
          }}
        />
      ) : null}
      <DoneNote className={said === null ? "sr-only" : "block px-5 pt-4"}>{said}</DoneNote>
      {list.data === undefined && list.error === null ? (
        <Loading what="passkeys" lines={2} className="flex flex-col gap-3 p-5" />
      ) : null}
      {list.data?.items.length === 0 && !isAdding ? (
        <p className="px-5 py-4 text-sm leading-5 text-kumo-subtle">
          {canUsePasskeys()
            ? "None yet. A passkey logs you in with your fingerprint, your face or your device’s PIN, and no fake page can steal it."
            : "None, and this browser can’t make one."}
        </p>
      ) : null}
      {list.data === undefined || list.data.items.length === 0 ? null : (
        <Rows label="Passkeys">
          {list.data.items.map((passkey) => (
            <PasskeyRow
              key={passkey.id}
              passkey={passkey}
              isRemoving={remove.isPending && remove.variables.id === passkey.id}
              onRemove={() => setRemoved(passkey)}
            />
          ))}
        </Rows>
      )}
      <ConfirmDialog
        question={
          removed === null
            ? null
            : {
                title: `Remove “${removed.name}”?`,
                text: "Nobody can log in with it any more. Your device may still offer it until you delete it there, too.",
                button: "Remove passkey",
                isDestructive: true,
              }
        }
        onConfirm={() => {
          if (removed !== null) remove.mutate(removed);
          setRemoved(null);
        }}
        onClose={() => setRemoved(null)}
      />
    </Panel>
  );
}
