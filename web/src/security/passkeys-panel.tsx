import { Button, Input } from "@cloudflare/kumo";
import { FingerprintIcon, PlusIcon } from "@phosphor-icons/react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { SyntheticEvent } from "react";
import { useState } from "react";
import { addPasskey, removePasskey } from "../../../worker/contract/security.ts";
import { passkeysQuery } from "../api/account-queries.ts";
import { api, callCreating } from "../api/client.ts";
import { inputError } from "../api/problem.ts";
import { meQuery } from "../api/queries.ts";
import { ConfirmDialog } from "../components/confirm-dialog.tsx";
import { DoneNote } from "../components/done-note.tsx";
import { Loading } from "../components/loading.tsx";
import { Panel } from "../components/panel.tsx";
import { Problem } from "../components/problem.tsx";
import { Row, Rows } from "../components/rows.tsx";
import { useFocusInvalid } from "../components/use-focus-invalid.ts";
import { canUsePasskeys } from "../session/can-use-passkeys.ts";
import { makePasskey } from "../session/passkey.ts";
import { RelativeTime } from "../time/relative-time.tsx";
import { browserName } from "./user-agent.ts";

type Passkey = { id: string; name: string; createdAt: string; usedAt: string | null };

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
        <AddForm
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

type RowProps = { passkey: Passkey; isRemoving: boolean; onRemove: () => void };

function PasskeyRow({ passkey: { name, createdAt, usedAt }, isRemoving, onRemove }: RowProps) {
  return (
    <Row
      title={
        <>
          <FingerprintIcon size={16} aria-hidden="true" className="shrink-0 text-kumo-subtle" />
          {name}
        </>
      }
      text={
        <>
          Added <RelativeTime at={createdAt} />,{" "}
          {usedAt === null ? (
            "never used"
          ) : (
            <>
              last used <RelativeTime at={usedAt} />
            </>
          )}
        </>
      }
      aside={
        <Button
          variant="ghost"
          size="sm"
          loading={isRemoving}
          onClick={onRemove}
          aria-label={`Remove ${name}`}
        >
          Remove
        </Button>
      }
    />
  );
}

type AddProps = { onAdded: (name: string, codes: readonly string[] | null) => void; onCancel: () => void };

function AddForm({ onAdded, onCancel }: AddProps) {
  // A name that needs no thought; it only tells one's passkeys apart.
  const [name, setName] = useState(() => browserName(navigator.userAgent));
  const add = useMutation({
    mutationFn: async () => callCreating(addPasskey, { json: { name, answer: await makePasskey() } }),
    onSuccess: ({ passkey, recoveryCodes }) => onAdded(passkey.name, recoveryCodes),
  });
  const { error, isPending } = add;
  const form = useFocusInvalid(error);

  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    add.mutate();
  };
  return (
    <form
      ref={form}
      noValidate
      onSubmit={submit}
      className="flex flex-col gap-4 border-b border-kumo-hairline p-5"
      aria-busy={isPending}
    >
      {error === null ? null : <Problem error={error} />}
      <div className="max-w-sm">
        <Input
          label="Name"
          // oxlint-disable-next-line jsx-a11y/no-autofocus -- The form opens at a button's press and takes its place.
          autoFocus
          required
          maxLength={60}
          autoComplete="off"
          passwordManagerIgnore
          description="To tell it from your other ones. Your browser asks you to confirm next."
          value={name}
          onChange={({ target }) => setName(target.value)}
          {...inputError(error, "/name")}
        />
      </div>
      <div className="flex flex-wrap justify-end gap-2">
        <Button onClick={onCancel}>Cancel</Button>
        <Button type="submit" variant="primary" loading={isPending} disabled={name.trim() === ""}>
          Continue
        </Button>
      </div>
    </form>
  );
}
