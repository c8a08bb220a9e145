import type { Billing } from "../../../worker/contract/billing.ts";
import { DoneNote } from "../components/done-note.tsx";
import { Problem } from "../components/problem.tsx";
import { planTitle } from "./words.ts";

type Props = { billing: Billing | undefined; error: Error | null; onRetry: () => void };

/** For somebody who comes back from paying: whether it has arrived. */
export function CheckoutNote({ billing, error, onRetry }: Props) {
  if (error !== null) return <Problem error={error} onRetry={onRetry} />;
  if (billing === undefined)
    return <output className="block text-sm text-kumo-subtle">We ask Stripe about your payment…</output>;
  return billing.phase === "active" ? (
    <DoneNote className="block">
      Thank you. Your {planTitle(billing.plan)} plan is paid, and everything in it is yours now.
    </DoneNote>
  ) : (
    <output className="block text-sm text-kumo-subtle">
      Your payment has not arrived yet. We go on looking; you don’t have to wait here.
    </output>
  );
}
