import { html } from "hono/html";
import { z } from "zod";
import { changeSubscription } from "../billing/change.ts";
import { collect } from "../billing/collection.ts";
import { attachMethod, makeMethod } from "../billing/methods.ts";
import { refusalOf } from "../billing/payments.ts";
import { invalid } from "../errors.ts";
import type { Subscription } from "../wire.ts";
import type { World } from "../world.ts";
import { action, alert, day, layout, money } from "./layout.ts";

export const actionSchema = z.discriminatedUnion("action", [
  z.object({ action: z.literal("cancel"), subscription: z.string() }),
  z.object({ action: z.literal("resume"), subscription: z.string() }),
  z.object({ action: z.literal("card"), card: z.enum(["visa", "chargeCustomerFail"]) }),
  z.object({ action: z.literal("pay"), invoice: z.string() }),
]);

export function portalPage(w: World, id: string, message: string | null) {
  const session = w.find("portals", id);
  const customer = w.find("customers", session.customer);
  const subscriptions = w.store
    .all("subscriptions")
    .filter((one) => one.customer === customer.id && one.status !== "incomplete_expired");
  const invoices = w.store
    .all("invoices")
    .filter((one) => one.customer === customer.id && one.status !== "draft");
  const card = w.store.get("payment_methods", customer.invoice_settings.default_payment_method ?? "");
  return layout(
    "Your billing",
    html`${alert(message)} ${subscriptions.map((subscription) => subscriptionView(w, subscription))}
      <h2>Card</h2>
      <p>${card === undefined ? "The card each plan was bought with." : `Ends in ${card.card?.last4}.`}</p>
      ${action({ action: "card", card: "visa" }, "Use a good card")}
      ${action({ action: "card", card: "chargeCustomerFail" }, "Use a card that fails")}
      <h2>Invoices</h2>
      <table>
        <tbody>
          ${invoices.toReversed().map(
            (invoice) =>
              html`<tr>
                <td>${invoice.number}</td>
                <td>${day(invoice.created)}</td>
                <td>${money(invoice.total, invoice.currency)}</td>
                <td>${invoice.status}</td>
                <td>
                  ${invoice.status === "open" ? action({ action: "pay", invoice: invoice.id }, "Pay") : ""}
                </td>
              </tr>`,
          )}
        </tbody>
      </table>
      ${session.return_url === null ? "" : html`<p><a href="${session.return_url}">Go back</a></p>`}`,
  );
}

function subscriptionView(w: World, subscription: Subscription) {
  const { id, status, cancel_at, items } = subscription;
  const names = items.data.map(({ price }) => w.store.get("products", price.product)?.name ?? price.product);
  const isOver = status === "canceled";
  return html`<h2>${names.join(", ")}</h2>
    <p>
      ${status}${
        isOver
          ? ""
          : cancel_at === null
            ? `, renews on ${day(items.data[0]?.current_period_end ?? 0)}`
            : `, ends on ${day(cancel_at)}`
      }
    </p>
    ${
      isOver
        ? ""
        : cancel_at === null
          ? action({ action: "cancel", subscription: id }, "Cancel at the end of the period")
          : action({ action: "resume", subscription: id }, "Don't cancel")
    }`;
}

export function act(w: World, id: string, input: z.output<typeof actionSchema>): void {
  const { customer: owner } = w.find("portals", id);
  const customer = w.find("customers", owner);
  switch (input.action) {
    case "cancel":
    case "resume": {
      const subscription = w.find("subscriptions", input.subscription);
      if (subscription.customer !== owner) throw invalid("This isn't yours.");
      const isEnding = input.action === "cancel";
      // A flexible subscription ends at an instant; `cancel_at_period_end` stays false, as with Stripe's own portal.
      const cancel =
        subscription.billing_mode.type === "flexible"
          ? { at: isEnding ? ("max_period_end" as const) : null }
          : { atPeriodEnd: isEnding };
      changeSubscription(w, subscription, {
        prorations: "none",
        behavior: "allow_incomplete",
        fields: {},
        cancel,
      });
      return;
    }
    case "card": {
      const method = makeMethod(w, { token: input.card, clock: customer.test_clock ?? null });
      attachMethod(w, method, customer);
      w.amend(customer, "customer.updated", () => {
        customer.invoice_settings.default_payment_method = method.id;
      });
      // Each plan keeps the card it was bought with, unless its customer replaces it here.
      for (const { id: one, customer: of, default_payment_method, status } of w.store.all("subscriptions")) {
        if (of !== owner || status === "canceled" || default_payment_method === null) continue;
        const subscription = w.find("subscriptions", one);
        w.amend(subscription, "customer.subscription.updated", () => {
          subscription.default_payment_method = method.id;
        });
      }
      return;
    }
    case "pay": {
      const invoice = w.find("invoices", input.invoice);
      if (invoice.customer !== owner) throw invalid("This isn't yours.");
      const failed = collect(w, invoice, { isOffSession: false, isAuthenticated: true });
      if (failed === "no method") throw invalid("There is no card to pay with.");
      if (failed !== null) throw refusalOf(failed, { keepsWork: true });
    }
  }
}
