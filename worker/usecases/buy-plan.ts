import type { ListedInvoice } from "../clients/stripe/stripe.ts";
import type { PaidPlanId } from "../domain/plans.ts";
import { SECOND_MS } from "../platform/clock.ts";
import { newToken } from "../platform/random.ts";
import type { Result } from "../platform/result.ts";
import { fail, ok } from "../platform/result.ts";
import { findSubscription } from "../store/billing.repo.ts";
import { listMembers } from "../store/members.repo.ts";
import { audited, whoIs } from "./audit.ts";
import { stripeProblem, syncBilling } from "./billing.ts";
import { excessOf } from "./change-plan.ts";
import type { Actor, Deps } from "./deps.ts";

/** Payments are made on Stripe's own pages; these lead there. */

/** Subscriptions beside which a second one would be paid twice. */
const OPEN = new Set(["active", "trialing", "past_due", "unpaid", "paused"]);

const SUBSCRIBED = fail("billing.subscribed", "There is a plan already: change it instead.");

/**
 * A page on which the plan is paid. Whoever has a live subscription is refused, and a page that is open already is
 * answered again or closed, so that nobody pays twice.
 * Errors: `billing.subscribed`, `billing.does_not_fit`, `account.not_found`, `service.unavailable`, `service.busy`.
 */
export async function startCheckout(
  deps: Deps,
  actor: Actor,
  plan: PaidPlanId,
): Promise<Result<{ url: string }>> {
  const excess = await excessOf(deps, actor, plan);
  if (excess.length > 0) return fail("billing.does_not_fit", excess.join(" "));
  const customer = await ensureCustomer(deps, actor);
  if (!customer.ok) return customer;
  // Fresh from Stripe: a subscription of a moment ago counts, too.
  const standing = await syncBilling(deps, actor.accountId, actor.userId);
  if (!standing.ok) return standing;
  if (OPEN.has(standing.value.subscription?.status ?? "")) return SUBSCRIBED;
  const reused = await reuse(deps, customer.value, plan);
  if (!reused.ok) return reused;
  if (reused.value !== null) return ok({ url: reused.value });

  const { APP_ORIGIN, PRICES, STRIPE_TAX } = deps.config;
  const opened = await deps.stripe.openCheckout({
    customer: customer.value,
    accountId: actor.accountId,
    plan,
    price: PRICES.ids[plan],
    extraPrice: PRICES.extraDisk.price,
    successUrl: `${APP_ORIGIN}/account/billing?checkout={CHECKOUT_SESSION_ID}`,
    cancelUrl: `${APP_ORIGIN}/account/billing`,
    isTaxed: STRIPE_TAX === "on",
    nonce: newToken(deps.random),
  });
  if (opened.kind !== "ok") return stripeProblem(opened);
  if (typeof opened.value.url !== "string") return fail("service.unavailable", "Stripe opened no page.");
  const only = await onlyPage(deps, customer.value, { ...opened.value, plan, url: opened.value.url });
  if (!only.ok) return only;
  await audited(deps, whoIs(actor), {
    action: "billing.checkout_opened",
    target: actor.accountId,
    content: { plan },
  });
  return only;
}

type Page = { id: string; url: string; plan: PaidPlanId };

/**
 * Looks once more after a page was opened: beside it somebody may have opened another, or paid on one. The oldest stays;
 * whoever opened them comes to the same result, and the others are closed before anybody is sent there.
 */
async function onlyPage(deps: Deps, customer: string, mine: Page): Promise<Result<{ url: string }>> {
  const [open, bought] = await Promise.all([
    deps.stripe.openCheckouts(customer),
    deps.stripe.subscriptions(customer),
  ]);
  if (open.kind !== "ok") return stripeProblem(open);
  if (bought.kind !== "ok") return stripeProblem(bought);
  const isBought = bought.value.data.some(({ status }) => OPEN.has(status));
  const pages = open.value.data.toSorted(
    (one, other) => one.created - other.created || (one.id < other.id ? -1 : 1),
  );
  const kept = isBought ? undefined : pages[0];
  for (const { id } of pages.filter((page) => page !== kept)) {
    const closed = await close(deps, id);
    if (!closed.ok) return closed;
  }
  if (isBought) return SUBSCRIBED;
  if (kept?.id === mine.id) return ok({ url: mine.url });
  return kept?.metadata?.["plan"] === mine.plan && typeof kept.url === "string"
    ? ok({ url: kept.url })
    : stripeProblem({ kind: "conflict", detail: "Another page was opened at the same time." });
}

/** Closed or paid by somebody else in this very moment: the next try finds out which. */
async function close(deps: Deps, id: string): Promise<Result<null>> {
  const closed = await deps.stripe.closeCheckout(id);
  if (closed.kind === "ok") return ok(null);
  return stripeProblem(closed.kind === "rejected" ? { kind: "conflict", detail: closed.detail } : closed);
}

/** The page for this plan that is open still; pages for others are closed. */
async function reuse(deps: Deps, customer: string, plan: PaidPlanId): Promise<Result<string | null>> {
  const open = await deps.stripe.openCheckouts(customer);
  if (open.kind !== "ok") return stripeProblem(open);
  let found: string | null = null;
  for (const { id, url, metadata } of open.value.data) {
    if (found === null && metadata?.["plan"] === plan && typeof url === "string") {
      found = url;
      continue;
    }
    const closed = await close(deps, id);
    if (!closed.ok) return closed;
  }
  return ok(found);
}

/** The account's one customer at Stripe, known to its object before anything is sold to it. */
async function ensureCustomer(deps: Deps, actor: Actor): Promise<Result<string>> {
  const row = await findSubscription(deps.db, actor.accountId);
  if (row === null) return fail("account.not_found", "There is no such account.");
  if (row.customerId !== null) return ok(row.customerId);
  const owner = (await listMembers(deps.db, actor.accountId)).find(({ role }) => role === "owner");
  if (owner === undefined) return fail("account.not_found", "This account has no owner.");
  const created = await deps.stripe.createCustomer({ accountId: actor.accountId, email: owner.email });
  if (created.kind !== "ok") return stripeProblem(created);
  await deps.billing.getByName(actor.accountId).attach(created.value.id);
  return ok(created.value.id);
}

/** Errors: `billing.not_subscribed`, `service.unavailable`, `service.busy`. */
export async function openPortal(deps: Deps, actor: Actor): Promise<Result<{ url: string }>> {
  const row = await findSubscription(deps.db, actor.accountId);
  if (row === null || row.customerId === null)
    return fail("billing.not_subscribed", "There is nothing to see yet. Choose a plan first.");
  const opened = await deps.stripe.portal({
    customer: row.customerId,
    returnUrl: `${deps.config.APP_ORIGIN}/account/billing?portal=back`,
  });
  if (opened.kind !== "ok") return stripeProblem(opened);
  await audited(deps, whoIs(actor), { action: "billing.portal_opened", target: actor.accountId });
  return ok({ url: opened.value.url });
}

export type Invoice = {
  id: string;
  number: string | null;
  status: string | null;
  totalCents: number;
  currency: string;
  createdAt: number;
  periodStart: number;
  periodEnd: number;
  url: string | null;
  pdf: string | null;
};

/**
 * What is paid with it. An invoice's own period is the one before, in which its items came together (Stripe's API); that
 * of extras is the one before, too, unless there is nothing else on it.
 */
function periodOf(
  { lines, period_start: start, period_end: end }: ListedInvoice,
  extraPrice: string,
): Pick<Invoice, "periodStart" | "periodEnd"> {
  const all = lines?.data ?? [];
  const ahead = all.filter(({ pricing }) => pricing?.price_details?.price !== extraPrice);
  const periods = (ahead.length === 0 ? all : ahead).map(({ period }) => period);
  const paidFor = periods.length === 0 ? [{ start, end }] : periods;
  return {
    periodStart: Math.min(...paidFor.map((period) => period.start)) * SECOND_MS,
    periodEnd: Math.max(...paidFor.map((period) => period.end)) * SECOND_MS,
  };
}

/** The newest first; none where nothing was ever paid. Errors: `service.unavailable`, `service.busy`. */
export async function listInvoices(
  deps: Deps,
  actor: Actor,
  limit: number,
): Promise<Result<readonly Invoice[]>> {
  const row = await findSubscription(deps.db, actor.accountId);
  if (row === null || row.customerId === null) return ok([]);
  const listed = await deps.stripe.invoices(row.customerId, limit);
  if (listed.kind !== "ok") return stripeProblem(listed);
  return ok(
    listed.value.data.map((invoice) => ({
      id: invoice.id,
      number: invoice.number,
      status: invoice.status,
      totalCents: invoice.total,
      currency: invoice.currency,
      createdAt: invoice.created * SECOND_MS,
      ...periodOf(invoice, deps.config.PRICES.extraDisk.price),
      url: invoice.hosted_invoice_url ?? null,
      pdf: invoice.invoice_pdf ?? null,
    })),
  );
}
