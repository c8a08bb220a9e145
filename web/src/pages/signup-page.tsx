import { Button, Input, Link } from "@cloudflare/kumo";
import { EnvelopeSimpleIcon } from "@phosphor-icons/react";
import { useMutation } from "@tanstack/react-query";
import type { SyntheticEvent } from "react";
import { useState } from "react";
import { signup } from "../../../worker/contract/auth.ts";
import { api } from "../api/client.ts";
import { inputError, isAboutFields } from "../api/problem.ts";
import { AuthLayout } from "../components/auth-layout.tsx";
import { Problem } from "../components/problem.tsx";
import { useFocusInvalid } from "../components/use-focus-invalid.ts";

/** The contract's own rule, said before it is broken. */
const PASSWORD_LENGTH_MIN = 12;

export function SignupPage() {
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const signUp = useMutation({ mutationFn: () => api.call(signup, { json: { email, password } }) });

  const { error } = signUp;
  const form = useFocusInvalid(error);
  if (signUp.isSuccess) return <CheckYourMail email={email} onAnother={() => signUp.reset()} />;

  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    signUp.mutate();
  };
  return (
    <AuthLayout
      title="Sign up"
      lead="Your own assistant, running and private, without owning a server."
      footer={
        <>
          Have an account? <Link href="/login">Log in</Link>
        </>
      }
    >
      <form
        ref={form}
        noValidate
        onSubmit={submit}
        className="flex flex-col gap-5"
        aria-busy={signUp.isPending}
      >
        {error === null || isAboutFields(error, ["/email", "/password"]) ? null : <Problem error={error} />}
        <Input
          label="E-mail"
          type="email"
          name="email"
          autoComplete="email"
          size="lg"
          required
          value={email}
          onChange={({ target }) => setEmail(target.value)}
          {...inputError(error, "/email")}
        />
        <Input
          label="Password"
          type="password"
          name="password"
          autoComplete="new-password"
          size="lg"
          required
          description={`At least ${PASSWORD_LENGTH_MIN} characters. A few words are easy to remember.`}
          value={password}
          onChange={({ target }) => setPassword(target.value)}
          {...inputError(error, "/password")}
        />
        <Button
          type="submit"
          variant="primary"
          size="lg"
          className="w-full justify-center"
          loading={signUp.isPending}
        >
          Sign up
        </Button>
      </form>
    </AuthLayout>
  );
}

/** The same words for every address: whether it has an account is nobody's business but its owner's. */
function CheckYourMail({ email, onAnother }: { email: string; onAnother: () => void }) {
  return (
    <AuthLayout
      title="Check your mail"
      lead={
        <>
          We have sent a letter to{" "}
          <strong className="font-medium break-all text-kumo-default">{email}</strong>. Open its link to go
          on.
        </>
      }
      footer={
        <>
          Done already? <Link href="/login">Log in</Link>
        </>
      }
    >
      <div className="flex items-start gap-3 rounded-xl bg-kumo-base p-4 shadow-xs ring ring-kumo-hairline">
        <EnvelopeSimpleIcon size={20} className="mt-0.5 shrink-0 text-kumo-subtle" aria-hidden="true" />
        <div className="flex flex-col items-start gap-3 text-sm leading-5 text-kumo-subtle">
          <p>The link works for a day. If nothing arrives within some minutes, look into the spam folder.</p>
          <Button size="sm" onClick={onAnother}>
            Use another address
          </Button>
        </div>
      </div>
    </AuthLayout>
  );
}
