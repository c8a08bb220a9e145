import { Link } from "@cloudflare/kumo";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { signup } from "../../../worker/contract/auth.ts";
import { api } from "../api/client.ts";
import { AuthLayout } from "../components/auth-layout.tsx";
import { CheckYourMail } from "../session/check-your-mail.tsx";
import { CredentialsForm, NO_CREDENTIALS } from "../session/credentials-form.tsx";
import { keptInvitation } from "../session/kept-invitation.ts";
import { NEW_PASSWORD_HINT } from "../session/new-password.ts";

const LINK_ADVICE =
  "The link works for a day. If nothing arrives within some minutes, look into the spam folder.";
const INVITED_ADVICE =
  "Log in when you have opened it, in this tab or after opening your invitation again: then you can join.";

export function SignupPage() {
  const isInvited = keptInvitation() !== null;
  const [credentials, setCredentials] = useState(NO_CREDENTIALS);
  const signUp = useMutation({ mutationFn: () => api.call(signup, { json: credentials }) });
  if (signUp.isSuccess)
    return (
      <CheckYourMail
        email={credentials.email}
        advice={isInvited ? `${LINK_ADVICE} ${INVITED_ADVICE}` : LINK_ADVICE}
        onAnother={() => signUp.reset()}
      />
    );

  return (
    <AuthLayout
      title="Sign up"
      lead={
        isInvited
          ? "Sign up with the address you were invited at, then you can join."
          : "Your own assistant, running and private, without owning a server."
      }
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
        passwordDescription={NEW_PASSWORD_HINT}
      />
    </AuthLayout>
  );
}
