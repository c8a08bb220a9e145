import { Button, Input } from "@cloudflare/kumo";
import { useMutation } from "@tanstack/react-query";
import type { SyntheticEvent } from "react";
import { useState } from "react";
import { addPasskey } from "../../../worker/contract/security.ts";
import { api } from "../api/client.ts";
import { inputError } from "../api/problem.ts";
import { Problem } from "../components/problem.tsx";
import { useFocusInvalid } from "../components/use-focus-invalid.ts";
import { makePasskey } from "../session/passkey.ts";
import { browserName } from "./user-agent.ts";

type Props = { onAdded: (name: string, codes: readonly string[] | null) => void; onCancel: () => void };

/** Names a new passkey and has the browser make it. */
export function PasskeyForm({ onAdded, onCancel }: Props) {
  // A name that needs no thought; it only tells one's passkeys apart.
  const [name, setName] = useState(() => browserName(navigator.userAgent));
  const add = useMutation({
    mutationFn: async () => api.call(addPasskey, { json: { name, answer: await makePasskey() } }),
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
