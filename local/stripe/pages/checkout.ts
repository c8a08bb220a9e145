import { html } from "hono/html";
import { z } from "zod";
import type { CardToken } from "../billing/cards.ts";
import { cardOf } from "../billing/cards.ts";
import { completeSession, successUrl } from "../billing/checkout.ts";
import { makeMethod } from "../billing/methods.ts";
import type { CheckoutSession } from "../wire.ts";
import type { World } from "../world.ts";
import { action, alert, layout, money } from "./layout.ts";

/** The cards a person may choose from. */
const CHOICES = ["visa", "chargeDeclined", "failsLater", "authenticationRequired"] as const;
const LABELS: Readonly<Record<(typeof CHOICES)[number], string>> = {
  visa: "Pay with a good card",
  chargeDeclined: "Pay with a card that is declined",
  failsLater: "Pay with a card that fails at the next renewal",
  authenticationRequired: "Pay with a card whose bank asks first",
};
export const choiceSchema = z.object({
  card: z.enum(CHOICES),
  /** What its owner told the bank. */
  consent: z.enum(["yes", "no"]).optional(),
});

export function checkoutPage(w: World, session: CheckoutSession, message: string | null) {
  if (session.status !== "open")
    return layout(
      session.status === "complete" ? "Already paid" : "This checkout has expired",
      html`<p>
        <a href="${session.status === "complete" ? successUrl(session) : session.cancel_url}">Go back</a>
      </p>`,
    );
  const lines = w.find("checkouts", session.id).lines;
  const { trialDays } = w.find("checkouts", session.id).subscription;
  return layout(
    "Checkout",
    html`${alert(message)}
      <table>
        <tbody>
          ${lines.map(
            ({ description, quantity, price, amount_total, currency }) =>
              html`<tr>
                <td>${description}${quantity === null ? " (by use)" : ` × ${quantity}`}</td>
                <td>
                  ${money(amount_total, currency)}${price?.recurring ? ` a ${price.recurring.interval}` : ""}
                </td>
              </tr>`,
          )}
          <tr>
            <th>Due today</th>
            <th>${money(session.amount_total ?? 0, session.currency)}</th>
          </tr>
        </tbody>
      </table>
      ${trialDays === null ? "" : html`<p>The first ${trialDays} days are free.</p>`}
      ${CHOICES.map((card) => action({ card }, LABELS[card]))}
      ${session.cancel_url === null ? "" : html`<p><a href="${session.cancel_url}">Go back without paying</a></p>`}`,
  );
}

/** The bank's own page. */
export const consentPage = (card: CardToken) =>
  layout(
    "Your bank asks",
    html`<p>Is this payment with the card ending in ${cardOf(card).last4} yours?</p>
      ${action({ card, consent: "yes" }, "Yes, approve")} ${action({ card, consent: "no" }, "No, refuse")}`,
  );

export function payCheckout(w: World, id: string, choice: z.output<typeof choiceSchema>): CheckoutSession {
  const session = w.find("sessions", id);
  const method = makeMethod(w, { token: choice.card, clock: w.clockOf(session.customer) });
  return completeSession(w, session, method, { isAuthenticated: choice.consent === "yes" });
}
