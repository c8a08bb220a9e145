import { Link } from "@cloudflare/kumo";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { Redirect, useSearch } from "wouter";
import { meQuery } from "../api/queries.ts";
import { AuthLayout } from "../components/auth-layout.tsx";
import { Loading } from "../components/loading.tsx";
import { NO_CREDENTIALS } from "../session/credentials-form.tsx";
import { FirstStep } from "../session/first-step.tsx";
import { keptInvitation } from "../session/kept-invitation.ts";
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

  if (me !== undefined && second === null) return <Redirect to={next} replace />;
  const isFirst = second === null;
  // One layout for both halves, so that the second begins in its field instead of at the top of a page.
  return (
    <AuthLayout
      title={isFirst ? "Log in" : "One more step"}
      lead={isFirst ? leadOf(isInvited) : "Your password is right. Now your second factor."}
      footer={
        isFirst ? (
          <>
            New here? <Link href="/signup">Sign up</Link>
          </>
        ) : undefined
      }
    >
      {isFirst ? (
        <FirstStep
          credentials={credentials}
          onChange={setCredentials}
          onSecondHalf={setSecond}
          onEntered={enter}
        />
      ) : (
        <Suspense fallback={<Loading what="the second step" lines={2} className="flex flex-col gap-4" />}>
          <SecondStep
            half={second}
            email={credentials.email}
            onEntered={enter}
            onStartOver={() => {
              setSecond(null);
              setCredentials({ ...credentials, password: "" });
            }}
          />
        </Suspense>
      )}
    </AuthLayout>
  );
}

const leadOf = (isInvited: boolean): string =>
  isInvited
    ? "Log in with the address you were invited at, then you can join."
    : "Welcome back to your assistants.";
