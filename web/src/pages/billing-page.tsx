import { useQuery, useQueryClient } from "@tanstack/react-query";
import { billingNewsQuery, billingQuery } from "../api/billing-queries.ts";
import { CheckoutNote } from "../billing/checkout-note.tsx";
import { ExtrasPanel } from "../billing/extras-panel.tsx";
import { HistoryPanel } from "../billing/history-panel.tsx";
import { InvoicesPanel } from "../billing/invoices-panel.tsx";
import { OutcomeNote } from "../billing/outcome-note.tsx";
import { PlanPanel } from "../billing/plan-panel.tsx";
import { PlansPanel } from "../billing/plans-panel.tsx";
import { usePlanChange } from "../billing/use-plan-change.ts";
import { useReturn } from "../billing/use-return.ts";
import { Loading } from "../components/loading.tsx";
import { Problem } from "../components/problem.tsx";
import { SectionTitle } from "../components/section-title.tsx";
import { SECOND_MS } from "../time/duration.ts";

/** A payment that is under way is looked for this often, and for about two minutes. */
const LOOK_EVERY_MS = 5 * SECOND_MS;
const LOOKS_MAX = 24;

/** What the account pays for, and what it gets for it. */
export function BillingPage() {
  const client = useQueryClient();
  const from = useReturn();
  const { data: billing, error, refetch } = useQuery(billingQuery);
  const isWaiting = from === "checkout";
  const news = useQuery({
    ...billingNewsQuery(client),
    // Who looks here may have paid on some page of Stripe's just now: what it says counts, not what we knew.
    enabled: from !== null || billing?.hasCustomer === true,
    refetchInterval: ({ state }) =>
      isWaiting && state.data?.phase !== "active" && state.dataUpdateCount < LOOKS_MAX
        ? LOOK_EVERY_MS
        : false,
  });
  const change = usePlanChange();
  return (
    <>
      <SectionTitle title="Billing" lead="Your plan, what it costs, and what it allows." />
      {isWaiting ? (
        <CheckoutNote billing={news.data} error={news.error} onRetry={() => void news.refetch()} />
      ) : null}
      <OutcomeNote outcome={change.data} />
      {change.error === null ? null : <Problem error={change.error} onDismiss={() => change.reset()} />}
      {error === null ? null : <Problem error={error} onRetry={() => void refetch()} />}
      {billing === undefined ? (
        error === null ? (
          <Loading what="your plan" lines={4} className="flex flex-col gap-3" />
        ) : null
      ) : (
        <>
          <PlanPanel billing={billing} change={change} />
          <ExtrasPanel />
          <PlansPanel billing={billing} change={change} />
        </>
      )}
      <InvoicesPanel />
      <HistoryPanel />
    </>
  );
}
