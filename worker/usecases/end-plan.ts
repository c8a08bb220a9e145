import type { AccountId } from "../domain/ids.ts";
import type { Result } from "../platform/result.ts";
import { ok } from "../platform/result.ts";
import { findSubscription } from "../store/billing.repo.ts";
import { stripeProblem } from "./billing.ts";
import type { Deps } from "./deps.ts";

/** What an account pays ends with it: with its period when it is being closed, at once when it is destroyed. */

const OVER = new Set(["canceled", "incomplete_expired"]);

/**
 * Every subscription that could still charge somebody; a second one should not be there, and would be forgotten
 * otherwise. Errors: `service.unavailable`, `service.busy`: ask again, repeating it is harmless.
 */
export async function endPlan(
  deps: Deps,
  accountId: AccountId,
  when: "at_period_end" | "now",
): Promise<Result<null>> {
  const customer = (await findSubscription(deps.db, accountId))?.customerId ?? null;
  if (customer === null) return ok(null);
  const listed = await deps.stripe.subscriptions(customer);
  if (listed.kind !== "ok") return stripeProblem(listed);
  for (const { id, status } of listed.value.data) {
    if (OVER.has(status)) continue;
    const ended =
      when === "now" || status === "incomplete"
        ? await deps.stripe.cancelNow(id)
        : await deps.stripe.setCancelling(id, true);
    if (ended.kind !== "ok") return stripeProblem(ended);
  }
  return ok(null);
}
