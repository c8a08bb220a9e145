import type { ReactNode } from "react";
import type { Me } from "../../../worker/contract/auth.ts";
import { CopyButton } from "../components/copy-button.tsx";
import { Panel } from "../components/panel.tsx";
import { ROLE_WORDS } from "../members/roles.ts";
import { accountName } from "../session/account-name.ts";
import { countOf } from "../time/duration.ts";
import { formatExact } from "../time/relative.ts";

const STATUS_WORDS: Record<Me["account"]["status"], string> = {
  active: "Active",
  suspended: "Suspended",
  closing: "Being closed",
};

export function AccountFacts({ me }: { me: Me }) {
  const { account, accounts, subscription } = me;
  const owner = accounts.find(({ id }) => id === account.id)?.owner;
  return (
    <Panel title={accountName(me, account.id)}>
      <dl className="grid gap-x-8 gap-y-4 px-5 py-4 sm:grid-cols-2">
        <Fact term="Owner">{owner ?? "Unknown"}</Fact>
        <Fact term="Your role">
          {ROLE_WORDS[account.role].title}
          <span className="block text-sm text-kumo-subtle">{ROLE_WORDS[account.role].text}</span>
        </Fact>
        <Fact term="Status">{STATUS_WORDS[account.status]}</Fact>
        <Fact term="Plan">
          {subscription === null ? (
            "None"
          ) : (
            <>
              <span className="capitalize">{subscription.plan}</span>,{" "}
              {countOf(subscription.deploymentsLimit, "deployment")}
              {subscription.endsAt === null ? null : (
                <span className="block text-sm text-kumo-subtle">
                  Until {formatExact(Date.parse(subscription.endsAt))}
                </span>
              )}
            </>
          )}
        </Fact>
        <Fact term="Account id">
          <span className="flex min-w-0 items-center gap-2">
            <code className="truncate font-mono text-sm">{account.id}</code>
            <CopyButton text={() => account.id} />
          </span>
        </Fact>
      </dl>
    </Panel>
  );
}

function Fact({ term, children }: { term: string; children: ReactNode }) {
  return (
    <div className="flex min-w-0 flex-col gap-0.5">
      <dt className="text-sm text-kumo-subtle">{term}</dt>
      <dd className="min-w-0 break-words text-kumo-default">{children}</dd>
    </div>
  );
}
