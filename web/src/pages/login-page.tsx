import { Banner, Button, Input, Link } from "@cloudflare/kumo";
import { CheckCircleIcon, WarningIcon } from "@phosphor-icons/react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { SyntheticEvent } from "react";
import { useState } from "react";
import { Redirect, useLocation, useSearch } from "wouter";
import { login } from "../../../worker/contract/auth.ts";
import { api } from "../api/client.ts";
import { inputError, isAboutFields } from "../api/problem.ts";
import { meQuery } from "../api/queries.ts";
import { AuthLayout } from "../components/auth-layout.tsx";
import { Problem } from "../components/problem.tsx";
import { useFocusInvalid } from "../components/use-focus-invalid.ts";
import { loginHint } from "../session/login-hint.ts";
import { returnPath } from "../session/return-path.ts";

export function LoginPage() {
  const client = useQueryClient();
  const [, navigate] = useLocation();
  const search = useSearch();
  const next = returnPath(search, location.origin);
  const hint = loginHint(search);
  const { data: me } = useQuery({ ...meQuery, retry: false });
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const signIn = useMutation({
    mutationFn: () => api.call(login, { json: { email, password } }),
    onSuccess: async () => {
      // Whatever an earlier session has left is not this one's.
      client.clear();
      await client.fetchQuery(meQuery);
      navigate(next, { replace: true });
    },
  });

  const { error } = signIn;
  const form = useFocusInvalid(error);
  if (me !== undefined && signIn.isIdle) return <Redirect to={next} replace />;

  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    signIn.mutate();
  };
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
      <form
        ref={form}
        noValidate
        onSubmit={submit}
        className="flex flex-col gap-5"
        aria-busy={signIn.isPending}
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
        {error === null || isAboutFields(error, ["/email", "/password"]) ? null : <Problem error={error} />}
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
        <Input
          label="Password"
          type="password"
          name="password"
          autoComplete="current-password"
          size="lg"
          required
          value={password}
          onChange={({ target }) => setPassword(target.value)}
          {...inputError(error, "/password")}
        />
        <Button
          type="submit"
          variant="primary"
          size="lg"
          className="w-full justify-center"
          loading={signIn.isPending}
        >
          Log in
        </Button>
      </form>
    </AuthLayout>
  );
}
