import { Button, Input } from "@cloudflare/kumo";
import type { SyntheticEvent } from "react";
import { useState } from "react";
import { codeOf, troubleOf } from "../api/problem.ts";
import { Problem } from "../components/problem.tsx";
import { useFocusInvalid } from "../components/use-focus-invalid.ts";
import { KnownUsername } from "./known-username.tsx";

type Props = {
  email: string;
  submission: {
    error: Error | null;
    isPending: boolean;
    mutate: (proof: { kind: "password"; password: string }) => void;
  };
};

/** Takes the present password. */
export function PasswordForm({ email, submission: { error, isPending, mutate } }: Props) {
  const [password, setPassword] = useState("");
  const isWrong = codeOf(error) === "auth.invalid_credentials";
  const form = useFocusInvalid(error);

  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    if (password !== "") mutate({ kind: "password", password });
  };
  return (
    <form ref={form} noValidate onSubmit={submit} className="flex flex-col gap-5" aria-busy={isPending}>
      {error === null || isWrong ? null : <Problem error={error} />}
      <KnownUsername email={email} />
      <Input
        label="Password"
        type="password"
        autoComplete="current-password"
        required
        value={password}
        onChange={({ target }) => setPassword(target.value)}
        {...(isWrong ? { error: troubleOf(error).detail, "aria-invalid": true as const } : {})}
      />
      <Button type="submit" variant="primary" className="w-full justify-center" loading={isPending}>
        Confirm
      </Button>
    </form>
  );
}
