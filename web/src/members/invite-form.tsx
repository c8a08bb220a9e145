import { Button, Input } from "@cloudflare/kumo";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { SyntheticEvent } from "react";
import { useState } from "react";
import { invite } from "../../../worker/contract/members.ts";
import { invitationsQuery } from "../api/account-queries.ts";
import { api } from "../api/client.ts";
import { inputError, isAboutFields } from "../api/problem.ts";
import { Panel } from "../components/panel.tsx";
import { Problem } from "../components/problem.tsx";
import { useFocusInvalid } from "../components/use-focus-invalid.ts";
import { RoleSelect } from "./role-select.tsx";
import type { Role } from "./roles.ts";
import { ROLE_WORDS, rolesToGive } from "./roles.ts";

type Props = { own: Role; onInvited: (email: string) => void; onCancel: () => void };

export function InviteForm({ own, onInvited, onCancel }: Props) {
  const client = useQueryClient();
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<Role>("member");
  const send = useMutation({
    mutationFn: () => api.call(invite, { json: { email, role } }),
    onSuccess: (invitation) => {
      void client.invalidateQueries({ queryKey: invitationsQuery.queryKey });
      onInvited(invitation.email);
    },
  });
  const { error, isPending } = send;
  const form = useFocusInvalid(error);

  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    send.mutate();
  };
  return (
    <Panel title="Invite somebody">
      <form ref={form} noValidate onSubmit={submit} className="flex flex-col gap-4 p-5" aria-busy={isPending}>
        {error === null || isAboutFields(error, ["/email"]) ? null : <Problem error={error} />}
        <div className="grid items-start gap-4 sm:grid-cols-[minmax(0,1fr)_13rem]">
          <Input
            label="E-mail"
            type="email"
            // oxlint-disable-next-line jsx-a11y/no-autofocus -- The form opens at a button's press.
            autoFocus
            autoComplete="off"
            passwordManagerIgnore
            required
            value={email}
            onChange={({ target }) => setEmail(target.value)}
            {...inputError(error, "/email")}
          />
          <RoleSelect label="Role" value={role} choices={rolesToGive(own)} onChange={setRole} />
        </div>
        <p className="text-sm text-kumo-subtle">
          {ROLE_WORDS[role].title}: {ROLE_WORDS[role].text} They join with the link in the mail, signed in
          with this very address.
        </p>
        <div className="flex flex-wrap justify-end gap-2">
          <Button onClick={onCancel}>Cancel</Button>
          <Button type="submit" variant="primary" loading={isPending} disabled={email.trim() === ""}>
            Send invitation
          </Button>
        </div>
      </form>
    </Panel>
  );
}
