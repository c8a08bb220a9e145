import { Button, cn } from "@cloudflare/kumo";
import { useState } from "react";
import type { Billing } from "../../../worker/contract/billing.ts";
import { startCheckout } from "../../../worker/contract/billing.ts";
import { Panel } from "../components/panel.tsx";
import { useMay } from "../session/use-may.ts";
import { ChangeDialog } from "./change-dialog.tsx";
import { formatMoney } from "./money.ts";
import { QuotaList } from "./quota-list.tsx";
import type { PaidPlan } from "./standing.ts";
import { isOver, isOwing, isPaid, runningSubscription } from "./standing.ts";
import type { PlanChange } from "./use-plan-change.ts";
import { isUnderWay } from "./use-plan-change.ts";
import { PLAN_LEADS } from "./words.ts";

type Props = { billing: Billing; change: PlanChange };

/** The plans there are: bought on a page of Stripe's, or exchanged for one another. */
export function PlansPanel({ billing, change }: Props) {
  const may = useMay();
  const [asked, setAsked] = useState<PaidPlan | null>(null);
  const subscription = runningSubscription(billing);
  const others = billing.plans.filter(isPaid).filter(({ id }) => id !== subscription?.plan);
  const present = isOver(billing) ? undefined : billing.plans.find(({ id }) => id === billing.plan);
  const choose = (plan: PaidPlan): void =>
    subscription === null ? change.mutate({ kind: "buy", plan: plan.id }) : setAsked(plan);
  return (
    <Panel title={subscription === null ? "Choose a plan" : "Change plan"}>
      <ul
        className={cn(
          "grid divide-kumo-hairline max-sm:divide-y",
          others.length > 1 && "sm:grid-cols-2 sm:divide-x",
        )}
      >
        {others.map((plan) => (
          <li key={plan.id} className="flex flex-col gap-4 p-5">
            <div className="flex flex-col gap-1">
              <h3 className="font-semibold text-kumo-strong">{plan.title}</h3>
              <p className="text-kumo-subtle">
                <span className="text-2xl font-semibold tracking-tight text-kumo-strong">
                  {formatMoney(plan.priceCents, "usd", true)}
                </span>{" "}
                a month
              </p>
              <p className="text-sm leading-5 text-kumo-subtle">{PLAN_LEADS[plan.id]}</p>
            </div>
            <QuotaList
              quotas={plan.quotas}
              isWide={others.length === 1}
              {...(present === undefined ? {} : { present: present.quotas })}
            />
            {isOwing(billing) || !may(startCheckout) || plan.id === subscription?.next?.plan ? null : (
              <Button
                className="mt-auto self-start"
                variant={subscription === null ? "primary" : "secondary"}
                loading={isUnderWay(change, "buy", plan.id) || isUnderWay(change, "change", plan.id)}
                disabled={change.isPending}
                onClick={() => choose(plan)}
              >
                {subscription === null ? `Choose ${plan.title}` : `Change to ${plan.title}`}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {may(startCheckout) ? (
        isOwing(billing) ? (
          <Hint>Pay what is open first; then the plan can be changed.</Hint>
        ) : subscription === null ? (
          <Hint>You pay on a page of Stripe’s. We never see your card.</Hint>
        ) : null
      ) : (
        <Hint>Only an owner of the account can choose.</Hint>
      )}
      <ChangeDialog
        plan={asked}
        onConfirm={(plan, startsAt) => {
          setAsked(null);
          change.mutate({ kind: "change", plan: plan.id, startsAt });
        }}
        onClose={() => setAsked(null)}
      />
    </Panel>
  );
}

const Hint = ({ children }: { children: string }) => (
  <p className="border-t border-kumo-hairline px-5 py-3 text-sm leading-5 text-kumo-subtle">{children}</p>
);
