import { Banner, Button } from "@cloudflare/kumo";
import { WarningIcon } from "@phosphor-icons/react";
import type { ReactNode } from "react";
import { useState } from "react";
import { useQuery } from "@tanstack/react-query";
import type { Billing } from "../../../worker/contract/billing.ts";
import { openPortal } from "../../../worker/contract/billing.ts";
import { invoicesQuery } from "../api/billing-queries.ts";
import { ConfirmDialog } from "../components/confirm-dialog.tsx";
import { Panel } from "../components/panel.tsx";
import { StatusDot } from "../components/status-dot.tsx";
import { useMay } from "../session/use-may.ts";
import { DateAndDistance } from "../time/date-and-distance.tsx";
import { formatExact } from "../time/relative.ts";
import { formatMoney } from "./money.ts";
import { QuotaList } from "./quota-list.tsx";
import type { PaidPlanId } from "./standing.ts";
import { isEnding, isOver, isOwing, runningSubscription } from "./standing.ts";
import type { PlanChange } from "./use-plan-change.ts";
import { isUnderWay } from "./use-plan-change.ts";
import { BANNER_WORDS, PHASE_WORDS, planTitle, sayingsOf } from "./words.ts";

type Props = { billing: Billing; change: PlanChange };

/** The present plan: what it is, what happens next, and what can be done about it. */
export function PlanPanel({ billing, change }: Props) {
  const { phase, deadlineAt } = billing;
  const { reason, wayOut } = sayingsOf(billing);
  // What is over allows nothing any more.
  const plan = isOver(billing) ? undefined : billing.plans.find(({ id }) => id === billing.plan);
  const subscription = runningSubscription(billing);
  const words = PHASE_WORDS[phase];
  const banner = BANNER_WORDS[phase];
  return (
    <Panel
      title={phase === "destroyed" ? "No plan" : planTitle(billing.plan)}
      aside={
        <span className="flex items-center gap-2 text-sm text-kumo-default">
          <StatusDot tone={isEnding(billing) ? "quiet" : words.tone} />
          {isEnding(billing) ? "Cancelled" : words.status}
        </span>
      }
    >
      {banner !== null ? (
        <Banner
          variant="alert"
          className="rounded-none text-kumo-default"
          icon={<WarningIcon weight="fill" />}
          title={banner.title}
          description={`${reason} ${wayOut}`}
        />
      ) : (
        <p className="px-5 pt-4 text-kumo-default">
          {reason} <span className="text-kumo-subtle">{wayOut}</span>
        </p>
      )}
      <dl className="grid gap-x-8 gap-y-4 px-5 py-4 sm:grid-cols-3">
        {plan === undefined ? null : (
          <Fact term="Price">
            {plan.priceCents === 0 ? "Nothing" : `${formatMoney(plan.priceCents, "usd", true)} a month`}
          </Fact>
        )}
        {subscription === null || banner !== null ? null : subscription.cancelAt !== null ? (
          <Fact term="Runs until">
            <DateAndDistance at={subscription.cancelAt} />
          </Fact>
        ) : subscription.next !== null ? (
          <Fact term={`Becomes ${planTitle(subscription.next.plan)}`}>
            <DateAndDistance at={subscription.next.at} />
          </Fact>
        ) : subscription.renewsAt === null ? null : (
          <Fact term="Renews">
            <DateAndDistance at={subscription.renewsAt} />
          </Fact>
        )}
        {deadlineAt === null ? null : (
          <Fact term={words.deadline}>
            <DateAndDistance at={deadlineAt} />
          </Fact>
        )}
      </dl>
      {plan === undefined ? null : (
        <div className="border-t border-kumo-hairline px-5 py-4">
          <h3 className="mb-2 text-sm text-kumo-subtle">What it allows</h3>
          <QuotaList quotas={plan.quotas} isWide />
        </div>
      )}
      <Actions billing={billing} change={change} />
    </Panel>
  );
}

function Actions({ billing, change }: Props) {
  const may = useMay();
  const [isAsking, setAsking] = useState(false);
  const subscription = runningSubscription(billing);
  if (!may(openPortal) || !billing.hasCustomer) return null;
  const end = subscription?.renewsAt ?? null;
  return (
    <div className="flex flex-wrap items-center gap-2 border-t border-kumo-hairline px-5 py-3">
      {isOwing(billing) ? <PayButton /> : null}
      <Button
        loading={isUnderWay(change, "portal")}
        disabled={change.isPending}
        onClick={() => change.mutate({ kind: "portal" })}
      >
        Cards, addresses, receipts
      </Button>
      {subscription === null || subscription.next === null || subscription.plan === null ? null : (
        <KeepButton plan={subscription.plan} change={change} />
      )}
      {subscription === null ? null : subscription.cancelAt === null ? (
        <Button
          variant="ghost"
          loading={isUnderWay(change, "cancel")}
          disabled={change.isPending}
          onClick={() => setAsking(true)}
        >
          Cancel plan
        </Button>
      ) : (
        <Button
          variant="primary"
          loading={isUnderWay(change, "keep")}
          disabled={change.isPending}
          onClick={() => change.mutate({ kind: "keep" })}
        >
          Don’t cancel
        </Button>
      )}
      <ConfirmDialog
        question={
          isAsking
            ? {
                title: "Cancel your plan?",
                text: `${
                  end === null
                    ? "Everything runs on until the period that is paid ends."
                    : `Everything runs on until ${formatExact(Date.parse(end))}, which is paid.`
                } Then your assistants stop, and their data is kept for 30 days more. You can change your mind at any time before.`,
                button: "Cancel plan",
                isDestructive: true,
              }
            : null
        }
        onConfirm={() => {
          setAsking(false);
          change.mutate({ kind: "cancel" });
        }}
        onClose={() => setAsking(false)}
      />
    </div>
  );
}

/** Takes a change of plan back that waits for the period's end. */
function KeepButton({ plan, change }: { plan: PaidPlanId; change: PlanChange }) {
  return (
    <Button
      variant="primary"
      loading={isUnderWay(change, "change", plan)}
      disabled={change.isPending}
      onClick={() => change.mutate({ kind: "change", plan, startsAt: null })}
    >
      Stay with {planTitle(plan)}
    </Button>
  );
}

/** Leads to the page on which the oldest open invoice is paid. */
function PayButton() {
  const { data } = useQuery(invoicesQuery);
  const url = data?.items.findLast(({ status }) => status === "open")?.url ?? null;
  return url === null ? null : (
    <Button variant="primary" onClick={() => location.assign(url)}>
      Pay now
    </Button>
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
