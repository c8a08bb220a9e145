import { Button, LinkButton } from "@cloudflare/kumo";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useLocation } from "wouter";
import { acceptInvitation } from "../../../worker/contract/members.ts";
import { api } from "../api/client.ts";
import { codeOf } from "../api/problem.ts";
import { meQuery } from "../api/queries.ts";
import { AuthLayout } from "../components/auth-layout.tsx";
import { PageLoading } from "../components/page-loading.tsx";
import { Problem } from "../components/problem.tsx";
import { keepInvitation, keptInvitation } from "../session/kept-invitation.ts";
import { useMailedToken } from "../session/mailed-token.ts";
import { useSignOut } from "../session/use-sign-out.ts";
import { useSwitchAccount } from "../session/use-switch-account.ts";

/** Where the link of an invitation leads: to joining, by way of logging in or signing up where that is needed. */
export function InvitationPage() {
  const mailed = useMailedToken();
  const token = mailed ?? keptInvitation();
  useEffect(() => {
    if (mailed !== null) keepInvitation(mailed);
  }, [mailed]);
  const { data: me, error, refetch } = useQuery({ ...meQuery, retry: false });

  if (token === null) return <NothingToJoin />;
  if (me !== undefined) return <Join key={token} token={token} email={me.user.email} />;
  if (error === null) return <PageLoading />;
  if (codeOf(error) === "auth.required") return <ComeInFirst />;
  return (
    <AuthLayout title="You are invited" lead="To join somebody's Launchpad account.">
      <Problem error={error} onRetry={() => void refetch()} />
    </AuthLayout>
  );
}

function ComeInFirst() {
  return (
    <AuthLayout
      title="You are invited"
      lead="To join somebody's Launchpad account, with the address the mail was sent to. Log in with it, or sign up with it first."
      footer="The invitation waits in this tab meanwhile. It is good for a week; the link in the mail works until then, too."
    >
      <div className="flex flex-col gap-3">
        <LinkButton href="/login" variant="primary" size="lg" className="w-full justify-center">
          Log in
        </LinkButton>
        <LinkButton href="/signup" variant="secondary" size="lg" className="w-full justify-center">
          Sign up
        </LinkButton>
      </div>
    </AuthLayout>
  );
}

function Join({ token, email }: { token: string; email: string }) {
  const [, navigate] = useLocation();
  const signOut = useSignOut();
  const switchAccount = useSwitchAccount();
  // Joining works once; going there may have to be tried again.
  const [joined, setJoined] = useState<string | null>(null);
  const join = useMutation({
    mutationFn: async () => {
      const accountId = joined ?? (await api.call(acceptInvitation, { json: { token } })).accountId;
      setJoined(accountId);
      keepInvitation(null);
      await switchAccount.mutateAsync(accountId);
    },
  });
  const isInvalid = codeOf(join.error) === "auth.link_invalid";
  const decline = (): void => {
    keepInvitation(null);
    navigate("/", { replace: true });
  };
  return (
    <AuthLayout
      title={isInvalid ? "You can't join with this address" : "Join the account?"}
      lead={
        <>
          {isInvalid
            ? "The invitation was withdrawn, used, has run out, or was sent to another address. You are signed in as "
            : "You are invited to join somebody's Launchpad account. You keep your own and can switch between them. You are signed in as "}
          <strong className="font-medium break-all text-kumo-default">{email}</strong>.
        </>
      }
    >
      <div className="flex flex-col gap-3">
        {join.error === null || isInvalid ? null : <Problem error={join.error} />}
        {isInvalid ? null : (
          <Button
            variant="primary"
            size="lg"
            className="w-full justify-center"
            loading={join.isPending}
            onClick={() => join.mutate()}
          >
            {joined === null ? "Join" : "Go there"}
          </Button>
        )}
        <Button
          size="lg"
          className="w-full justify-center"
          loading={signOut.isPending}
          onClick={() => signOut.mutate({ isComingBack: true })}
        >
          Use another address
        </Button>
        <Button variant="ghost" size="lg" className="w-full justify-center" onClick={decline}>
          {isInvalid ? "To my deployments" : "Not now"}
        </Button>
      </div>
    </AuthLayout>
  );
}

function NothingToJoin() {
  return (
    <AuthLayout
      title="This link is not complete"
      lead="Open the link of the invitation once more, as a whole. It works for a week, until it is used or withdrawn."
    >
      <LinkButton href="/" variant="secondary" size="lg" className="w-full justify-center">
        To my deployments
      </LinkButton>
    </AuthLayout>
  );
}
