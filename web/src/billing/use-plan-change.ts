import { useMutation, useQueryClient } from "@tanstack/react-query";
import { cancelPlan, changePlan, openPortal, startCheckout } from "../../../worker/contract/billing.ts";
import { showBilling } from "../api/billing-queries.ts";
import { api } from "../api/client.ts";
import type { PaidPlanId } from "./standing.ts";

/** What a person can want of their plan. `buy` and `portal` lead away, to pages of Stripe's. */
export type Wish =
  | { kind: "buy"; plan: PaidPlanId }
  | { kind: "change"; plan: PaidPlanId; startsAt: string | null }
  | { kind: "cancel" }
  | { kind: "keep" }
  | { kind: "portal" };

/** What came of it, where the page goes on. */
export type Outcome =
  | { kind: "changed" | "unchanged" | "pending"; plan: PaidPlanId; payUrl: string | null }
  | { kind: "scheduled"; plan: PaidPlanId; startsAt: string | null }
  | { kind: "cancelled" | "kept" | "leaving" };

/** One thing at a time is done with a plan. */
export function usePlanChange() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (wish: Wish): Promise<Outcome> => {
      switch (wish.kind) {
        case "buy":
          return leaveTo((await api.call(startCheckout, { json: { plan: wish.plan } })).url);
        case "portal":
          return leaveTo((await api.call(openPortal, {})).url);
        case "cancel":
        case "keep": {
          await showBilling(client, await api.call(cancelPlan, { json: { undo: wish.kind === "keep" } }));
          return { kind: wish.kind === "keep" ? "kept" : "cancelled" };
        }
        case "change": {
          const { plan, startsAt } = wish;
          const { result, payUrl, billing } = await api.call(changePlan, { json: { plan } });
          await showBilling(client, billing);
          if (result === "scheduled") return { kind: "scheduled", plan, startsAt };
          return { kind: result === "payment_pending" ? "pending" : result, plan, payUrl };
        }
      }
    },
  });
}

export type PlanChange = ReturnType<typeof usePlanChange>;

function leaveTo(url: string): Outcome {
  location.assign(url);
  return { kind: "leaving" };
}

/** Whether just this is under way, for the button that was pressed: also while the browser is on its way to Stripe. */
export const isUnderWay = (change: PlanChange, kind: Wish["kind"], plan?: PaidPlanId): boolean => {
  const { variables, isPending, data } = change;
  if (variables === undefined || variables.kind !== kind) return false;
  if (plan !== undefined && "plan" in variables && variables.plan !== plan) return false;
  return isPending || data?.kind === "leaving";
};
