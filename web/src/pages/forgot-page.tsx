import { Button, Input, Link } from "@cloudflare/kumo";
import { useMutation } from "@tanstack/react-query";
import type { SyntheticEvent } from "react";
import { useState } from "react";
import { useHistoryState } from "wouter/use-browser-location";
import { forgotPassword } from "../../../worker/contract/security.ts";
import { api } from "../api/client.ts";
import { inputError, isAboutFields } from "../api/problem.ts";
import { AuthLayout } from "../components/auth-layout.tsx";
import { Problem } from "../components/problem.tsx";
import { useFocusInvalid } from "../components/use-focus-invalid.ts";
import { CheckYourMail } from "../session/check-your-mail.tsx";

export function ForgotPage() {
  // What was typed at the login page comes along, outside of the address.
  const typed = useHistoryState<{ email?: unknown } | null>()?.email;
  const [email, setEmail] = useState(typeof typed === "string" ? typed : "");
  const ask = useMutation({ mutationFn: () => api.call(forgotPassword, { json: { email } }) });
  const { error, isPending } = ask;
  const form = useFocusInvalid(error);

  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    ask.mutate();
  };
  if (ask.isSuccess)
    return (
      <CheckYourMail
        email={email}
        advice="The link works for 30 minutes. If nothing arrives within some minutes, look into the spam folder."
        onAnother={() => ask.reset()}
      />
    );
  return (
    <AuthLayout
      title="Forgot your password?"
      lead="We send you a link to choose a new one. A second factor is still asked for at the next login."
      footer={
        <>
          Remembered it? <Link href="/login">Log in</Link>
        </>
      }
    >
      <form ref={form} noValidate onSubmit={submit} className="flex flex-col gap-5" aria-busy={isPending}>
        {error === null || isAboutFields(error, ["/email"]) ? null : <Problem error={error} />}
        <Input
          label="E-mail"
          type="email"
          name="email"
          autoComplete="username"
          size="lg"
          required
          value={email}
          onChange={({ target }) => setEmail(target.value)}
          {...inputError(error, "/email")}
        />
        <Button
          type="submit"
          variant="primary"
          size="lg"
          className="w-full justify-center"
          loading={isPending}
        >
          Send the link
        </Button>
      </form>
    </AuthLayout>
  );
}
