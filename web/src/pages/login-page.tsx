import { Banner, Link } from "@cloudflare/kumo";
import { CheckCircleIcon, WarningIcon } from "@phosphor-icons/react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Redirect, useLocation, useSearch } from "wouter";
import { login } from "../../../worker/contract/auth.ts";
import { api } from "../api/client.ts";
import { meQuery } from "../api/queries.ts";
import { AuthLayout } from "../components/auth-layout.tsx";
import { CredentialsForm, NO_CREDENTIALS } from "../session/credentials-form.tsx";
import { loginHint } from "../session/login-hint.ts";
import { returnPath } from "../session/return-path.ts";

export function LoginPage() {
  const client = useQueryClient();
  const [, navigate] = useLocation();
  const search = useSearch();
  const next = returnPath(search, location.origin);
  const hint = loginHint(search);
  const { data: me } = useQuery({ ...meQuery, retry: false });
  const [credentials, setCredentials] = useState(NO_CREDENTIALS);
  const signIn = useMutation({
    mutationFn: () => api.call(login, { json: credentials }),
    onSuccess: async () => {
      // Whatever an earlier session has left is not this one's.
      client.clear();
      await client.fetchQuery(meQuery);
      navigate(next, { replace: true });
    },
  });

  const { error } = signIn;
  if (me !== undefined && signIn.isIdle) return <Redirect to={next} replace />;

  return (
    <AuthLayout
      title="Log in"
      lead="Welcome back to your assistants."
      footer={
        <>
          New here? <Link href="/signup">Sign up</Link>
        </>
      }
    >
      <CredentialsForm
        value={credentials}
        onChange={setCredentials}
        submission={signIn}
        submitLabel="Log in"
        autoComplete={{ email: "username", password: "current-password" }}
      >
        {hint === "verified" && error === null ? (
          <div aria-live="polite">
            <Banner
              icon={<CheckCircleIcon weight="fill" />}
              title="Your address is verified"
              description="Log in, and your first deployment is two clicks away."
            />
          </div>
        ) : null}
        {hint === "refused" && error === null ? (
          <div role="alert">
            <Banner
              variant="secondary"
              icon={<WarningIcon weight="fill" />}
              title="This link is no longer valid"
              description="It was used already or is older than a day. Log in, or sign up again to get a new one."
            />
          </div>
        ) : null}
      </CredentialsForm>
    </AuthLayout>
  );
}
