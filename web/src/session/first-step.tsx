import { useMutation } from "@tanstack/react-query";
import { Link, useSearch } from "wouter";
import { login } from "../../../worker/contract/auth.ts";
import { api } from "../api/client.ts";
import type { Credentials } from "./credentials-form.tsx";
import { CredentialsForm } from "./credentials-form.tsx";
import { LoginBanner } from "./login-banner.tsx";
import { loginHint } from "./login-hint.ts";
import { PasskeyLogin } from "./passkey-login.tsx";
import type { SecondHalf } from "./second-step.tsx";

type Props = {
  credentials: Credentials;
  onChange: (credentials: Credentials) => void;
  onSecondHalf: (half: SecondHalf) => void;
  onEntered: () => Promise<void>;
};

/** E-mail and password, or a passkey instead of both. */
export function FirstStep({ credentials, onChange, onSecondHalf, onEntered }: Props) {
  const search = useSearch();
  const signIn = useMutation({
    mutationFn: async () => {
      const answer = await api.call(login, { json: credentials });
      if (answer.status === "signed_in") await onEntered();
      else onSecondHalf(answer);
    },
  });
  const passkey = useMutation({
    mutationFn: async () => {
      const { logInWithPasskey } = await import("./passkey.ts");
      await logInWithPasskey();
      await onEntered();
    },
  });
  const error = passkey.error ?? signIn.error;
  return (
    <>
      <CredentialsForm
        value={credentials}
        onChange={onChange}
        submission={{
          error,
          isPending: signIn.isPending,
          mutate: () => {
            passkey.reset();
            signIn.mutate();
          },
        }}
        submitLabel="Log in"
        autoComplete={{ email: "username", password: "current-password" }}
        beneath={
          <Link
            href="/forgot"
            state={{ email: credentials.email }}
            className="self-end rounded-sm text-sm text-kumo-subtle underline-offset-2 outline-none hover:text-kumo-default hover:underline focus-visible:ring-2 focus-visible:ring-kumo-brand"
          >
            Forgot your password?
          </Link>
        }
      >
        {error === null ? <LoginBanner hint={loginHint(search)} /> : null}
      </CredentialsForm>
      <PasskeyLogin
        isPending={passkey.isPending}
        onUse={() => {
          signIn.reset();
          passkey.mutate();
        }}
      />
    </>
  );
}
