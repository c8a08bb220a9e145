import { Button, Input, Link, LinkButton } from "@cloudflare/kumo";
import { useMutation } from "@tanstack/react-query";
import type { SyntheticEvent } from "react";
import { useState } from "react";
import { useLocation } from "wouter";
import { resetPassword } from "../../../worker/contract/security.ts";
import { api } from "../api/client.ts";
import { codeOf, inputError, isAboutFields } from "../api/problem.ts";
import { AuthLayout } from "../components/auth-layout.tsx";
import { Problem } from "../components/problem.tsx";
import { useFocusInvalid } from "../components/use-focus-invalid.ts";
import { useMailedToken } from "../session/mailed-token.ts";
import { NEW_PASSWORD_HINT } from "../session/new-password.ts";

/** Where the link of a reset mail leads. The token stays in the page's memory; after a reload the mail still has it. */
export function ResetPage() {
  const token = useMailedToken();
  // Keyed: another link is another try.
  return token === null ? <NoLink isSpent={false} /> : <NewPassword key={token} token={token} />;
}

function NewPassword({ token }: { token: string }) {
  const [, navigate] = useLocation();
  const [password, setPassword] = useState("");
  const reset = useMutation({
    mutationFn: () => api.call(resetPassword, { json: { token, password } }),
    onSuccess: () => navigate("/login?reset=1", { replace: true }),
  });
  const { error, isPending } = reset;
  const form = useFocusInvalid(error);

  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    reset.mutate();
  };
  if (codeOf(error) === "auth.link_invalid") return <NoLink isSpent />;
  return (
    <AuthLayout
      title="Choose a new password"
      lead="Every session of yours is ended with the change."
      footer={
        <>
          Remembered the old one? <Link href="/login">Log in</Link>
        </>
      }
    >
      <form ref={form} noValidate onSubmit={submit} className="flex flex-col gap-5" aria-busy={isPending}>
        {error === null || isAboutFields(error, ["/password"]) ? null : <Problem error={error} />}
        <Input
          label="New password"
          type="password"
          name="password"
          autoComplete="new-password"
          size="lg"
          required
          description={NEW_PASSWORD_HINT}
          value={password}
          onChange={({ target }) => setPassword(target.value)}
          {...inputError(error, "/password")}
        />
        <Button
          type="submit"
          variant="primary"
          size="lg"
          className="w-full justify-center"
          loading={isPending}
        >
          Change password
        </Button>
      </form>
    </AuthLayout>
  );
}

function NoLink({ isSpent }: { isSpent: boolean }) {
  return (
    <AuthLayout
      title={isSpent ? "This link is no longer valid" : "This link is not complete"}
      lead={
        isSpent
          ? "It was used already, is older than 30 minutes, or a newer one has taken its place."
          : "Open the link of the mail once more, as a whole. It works until it is used."
      }
      footer={
        <>
          Remembered the old password? <Link href="/login">Log in</Link>
        </>
      }
    >
      <LinkButton href="/forgot" variant="primary" size="lg" className="w-full justify-center">
        Get a new link
      </LinkButton>
    </AuthLayout>
  );
}
