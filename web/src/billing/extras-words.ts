import type { Extras } from "../../../worker/contract/billing.ts";
import { formatMoney } from "./money.ts";

/** What is charged beside the plan, in words. */
export function extrasWords({
  extraGb,
  centsPerGbMonth,
}: Pick<Extras, "extraGb" | "centsPerGbMonth">): string {
  const price = `${formatMoney(centsPerGbMonth)} a month for each GB`;
  return extraGb === 0
    ? `Nothing is used beyond your plan. More disk than it includes costs ${price}, as long as your limit allows it.`
    : `${extraGb} GB of disk beyond your plan, at ${price}.`;
}

/** What somebody typed as dollars, in cents; null: not an amount. */
export function centsOf(typed: string): number | null {
  const match = /^\$?\s*(\d{1,5})(?:[.,](\d{1,2}))?$/.exec(typed.trim());
  if (match === null) return null;
  return Number(match[1]) * 100 + Number((match[2] ?? "").padEnd(2, "0"));
}

const CAP_CENTS_MAX = 100_000;

/** Why this can't be the limit; null when it can, as far as the page knows. */
export function capMistake(
  { capCents, neededCents }: Pick<Extras, "capCents" | "neededCents">,
  cents: number | null,
): string | null {
  if (cents === null) return "An amount like 5 or 12.50, please.";
  if (cents > CAP_CENTS_MAX) return `${formatMoney(CAP_CENTS_MAX, "usd", true)} is the most.`;
  return cents < neededCents && cents < capCents
    ? `What you have needs ${formatMoney(neededCents)}. A disk can’t shrink.`
    : null;
}
