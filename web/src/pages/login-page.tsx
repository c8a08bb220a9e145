import { Link } from "@cloudflare/kumo";
import { useMutation, useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { Redirect, useSearch } from "wouter";
import { Link as PlainLink } from "wouter";
import { login } from "../../../worker/contract/auth.ts";
import { api } from "../api/client.ts";
import { meQuery } from "../api/queries.ts";
import { AuthLayout } from "../components/auth-layout.tsx";
import { Loading } from "../components/loading.tsx";
import { CredentialsForm, NO_CREDENTIALS } from "../session/credentials-form.tsx";
import { keptInvitation } from "../session/kept-invitation.ts";
import { LoginBanner } from "../session/login-banner.tsx";
import { loginHint } from "../session/login-hint.ts";
import { PasskeyLogin } from "../session/passkey-login.tsx";
import { returnPath } from "../session/return-path.ts";
import type { SecondHalf } from "../session/second-step.tsx";
import { useEnter } from "../session/use-enter.ts";

// Most people log in with their password alone.
const SecondStep = lazy(async () => ({ default: (await import("../session/second-step.tsx")).SecondStep }));

export function LoginPage() {
  const search = useSearch();
  const isInvited = keptInvitation() !== null;
  const next = isInvited ? "/invitation" : returnPath(search, location.origin);
  const { data: me } = useQuery({ ...meQuery, retry: false });
  const [credentials, setCredentials] = useState(NO_CREDENTIALS);
  const [second, setSecond] = useState<SecondHalf | null>(null);
  const enter = useEnter(next);
  const signIn = useMutation({
    mutationFn: async () => {
      const answer = await api.call(login, { json: credentials });
      if (answer.status === "signed_in") await enter();
      else setSecond(answer);
    },
  });
  const passkey = useMutation({
    mutationFn: async () => {
      const { logInWithPasskey } = await import("../session/passkey.ts");
      await logInWithPasskey();
      await enter();
    },
  });
  const startOver = (): void => {
    setSecond(null);
    signIn.reset();
    setCredentials({ ...credentials, password: "" });
  };

  const isIdle = signIn.isIdle && passkey.isIdle && second === null;
  if (me !== undefined && isIdle) return <Redirect to={next} replace />;
  // One layout for both halves, so that the second begins in its field instead of at the top of a page.
  return (
    <AuthLayout
      title={second === null ? "Log in" : "One more step"}
      lead={second === null ? leadOf(isInvited) : "Your password is right. Now your second factor."}
      footer={
        second === null ? (
          <>
            New here? <Link href="/signup">Sign up</Link>
          </>
        ) : undefined
      }
    >
      {second === null ? (
        <>
          <CredentialsForm
            value={credentials}
            onChange={setCredentials}
            submission={{
              ...signIn,
              error: passkey.error ?? signIn.error,
              mutate: () => {
                passkey.reset();
                signIn.mutate();
              },
            }}
            submitLabel="Log in"
            autoComplete={{ email: "username", password: "current-password" }}
            beneath={
              <PlainLink
                href="/forgot"
                state={{ email: credentials.email }}
                className="self-end rounded-sm text-sm text-kumo-subtle underline-offset-2 outline-none hover:text-kumo-default hover:underline focus-visible:ring-2 focus-visible:ring-kumo-brand"
              >
                Forgot your password?
              </PlainLink>
            }
          >
            {signIn.error === null && passkey.error === null ? (
              <LoginBanner hint={loginHint(search)} />
            ) : null}
          </CredentialsForm>
          <PasskeyLogin
            isPending={passkey.isPending}
            onUse={() => {
              signIn.reset();
              passkey.mutate();
            }}
          />
        </>
      ) : (
        <Suspense fallback={<Loading what="the second step" lines={2} className="flex flex-col gap-4" />}>
          <SecondStep half={second} email={credentials.email} onEntered={enter} onStartOver={startOver} />
        </Suspense>
      )}
    </AuthLayout>
  );
}

const leadOf = (isInvited: boolean): string =>
  isInvited
    ? "Log in with the address you were invited at, then you can join."
    : "Welcome back to your assistants.";
