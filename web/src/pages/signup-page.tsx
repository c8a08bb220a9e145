import { Button, Link } from "@cloudflare/kumo";
import { EnvelopeSimpleIcon } from "@phosphor-icons/react";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { signup } from "../../../worker/contract/auth.ts";
import { api } from "../api/client.ts";
import { AuthLayout } from "../components/auth-layout.tsx";
import { CredentialsForm, NO_CREDENTIALS } from "../session/credentials-form.tsx";

/** The contract's own rule, said before it is broken. */
const PASSWORD_LENGTH_MIN = 12;

export function SignupPage() {
  const [credentials, setCredentials] = useState(NO_CREDENTIALS);
  const signUp = useMutation({ mutationFn: () => api.call(signup, { json: credentials }) });
  if (signUp.isSuccess) return <CheckYourMail email={credentials.email} onAnother={() => signUp.reset()} />;

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
      <CredentialsForm
        value={credentials}
        onChange={setCredentials}
        submission={signUp}
        submitLabel="Sign up"
        autoComplete={{ email: "email", password: "new-password" }}
        passwordDescription={`At least ${PASSWORD_LENGTH_MIN} characters. A few words are easy to remember.`}
      />
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
