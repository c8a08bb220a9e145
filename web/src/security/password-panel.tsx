import { Button, Input } from "@cloudflare/kumo";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { SyntheticEvent } from "react";
import { useState } from "react";
import { changePassword } from "../../../worker/contract/security.ts";
import { sessionsQuery } from "../api/account-queries.ts";
import { api } from "../api/client.ts";
import { codeOf, inputError, isAboutFields, troubleOf } from "../api/problem.ts";
import { DoneNote } from "../components/done-note.tsx";
import { Panel } from "../components/panel.tsx";
import { Problem } from "../components/problem.tsx";
import { Row, Rows } from "../components/rows.tsx";
import { useFocusInvalid } from "../components/use-focus-invalid.ts";
import { KnownUsername } from "../session/known-username.tsx";
import { NEW_PASSWORD_HINT } from "../session/new-password.ts";

export function PasswordPanel({ email }: { email: string }) {
  const [isOpen, setOpen] = useState(false);
  const [isDone, setDone] = useState(false);
  return (
    <Panel title="Password">
      <Rows>
        <Row
          title={email}
          text="Changing it ends every other session of yours."
          aside={
            isOpen ? null : (
              <Button
                size="sm"
                onClick={() => {
                  setOpen(true);
                  setDone(false);
                }}
              >
                Change password
              </Button>
            )
          }
        >
          {isOpen ? (
            <ChangeForm
              email={email}
              onDone={() => {
                setOpen(false);
                setDone(true);
              }}
              onCancel={() => setOpen(false)}
            />
          ) : null}
          <DoneNote className={isDone ? "mt-2 block" : "sr-only"}>
            {isDone ? "Your password is changed. Every other session was ended." : null}
          </DoneNote>
        </Row>
      </Rows>
    </Panel>
  );
}

type FormProps = { email: string; onDone: () => void; onCancel: () => void };

function ChangeForm({ email, onDone, onCancel }: FormProps) {
  const client = useQueryClient();
  const [current, setCurrent] = useState("");
  const [password, setPassword] = useState("");
  const change = useMutation({
    mutationFn: () => api.call(changePassword, { json: { current, password } }),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: sessionsQuery.queryKey });
      onDone();
    },
  });
  const { error, isPending } = change;
  const isWrong = codeOf(error) === "auth.invalid_credentials";
  const form = useFocusInvalid(error);

  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    change.mutate();
  };
  return (
    <form ref={form} noValidate onSubmit={submit} className="mt-4 flex flex-col gap-4" aria-busy={isPending}>
      {error === null || isWrong || isAboutFields(error, ["/current", "/password"]) ? null : (
        <Problem error={error} />
      )}
      <KnownUsername email={email} />
      <div className="grid items-start gap-4 sm:grid-cols-2">
        <Input
          label="Present password"
          type="password"
          autoComplete="current-password"
          // oxlint-disable-next-line jsx-a11y/no-autofocus -- The form opens at a button's press and takes its place.
          autoFocus
          required
          value={current}
          onChange={({ target }) => setCurrent(target.value)}
          {...(isWrong
            ? { error: troubleOf(error).detail, "aria-invalid": true as const }
            : inputError(error, "/current"))}
        />
        <Input
          label="New password"
          type="password"
          autoComplete="new-password"
          required
          description={NEW_PASSWORD_HINT}
          value={password}
          onChange={({ target }) => setPassword(target.value)}
          {...inputError(error, "/password")}
        />
      </div>
      <div className="flex flex-wrap justify-end gap-2">
        <Button onClick={onCancel}>Cancel</Button>
        <Button type="submit" variant="primary" loading={isPending}>
          Change password
        </Button>
      </div>
    </form>
  );
}
