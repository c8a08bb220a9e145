import { Stripe } from "stripe";
import { LOCAL_STRIPE_KEY } from "../../../local/shop.ts";
import {
  cancelPlan,
  changePlan,
  changeSpendCap,
  listInvoices,
  openPortal,
  previewPlan,
  readBilling,
  readBillingHistory,
  readSpendCap,
  receiveStripeEvent,
  refreshBilling,
  startCheckout,
} from "../../../worker/contract/billing.ts";
import { readAccountUsage } from "../../../worker/contract/usage.ts";
import { WEBHOOK_SECRET } from "../../support/vars.ts";
import { asking, newPerson, refusable, refused } from "../world.ts";
import type { World } from "../world.ts";

/** A plan is bought, changed, cancelled and kept after all. */
export async function billing(world: World): Promise<void> {
  const owner = await newPerson(world, "payer");
  const mine = asking(world, owner.token);
  const denied = refusable(world, owner.token);
  await mine.call(readBilling, {});
  await refused(denied.call(cancelPlan, { json: { undo: false } }), "billing.not_subscribed");
  await refused(denied.call(changePlan, { json: { plan: "shared" } }), "billing.not_subscribed");
  await refused(denied.call(previewPlan, { query: { plan: "shared" } }), "billing.not_subscribed");
  await refused(denied.call(openPortal, {}), "billing.not_subscribed");
  await mine.call(readSpendCap, {});
  await refused(denied.call(changeSpendCap, { json: { capCents: 500 } }), "billing.not_subscribed");

  const { url } = await mine.call(startCheckout, { json: { plan: "shared" } });
  await atStripe(world, `checkout/${/cs_[A-Za-z0-9_]+/.exec(url)?.[0] ?? ""}/complete`, {
    outcome: "succeed",
  });
  await mine.call(refreshBilling, {});
  await refused(denied.call(startCheckout, { json: { plan: "shared" } }), "billing.subscribed");
  await mine.call(changeSpendCap, { json: { capCents: 500 } });
  await mine.call(openPortal, {});
  await mine.call(previewPlan, { query: { plan: "dedicated" } });
  await mine.call(changePlan, { json: { plan: "dedicated" } });
  await mine.call(previewPlan, { query: { plan: "shared" } });
  await mine.call(changePlan, { json: { plan: "shared" } });
  await mine.call(cancelPlan, { json: { undo: false } });
  await mine.call(cancelPlan, { json: { undo: true } });
  await mine.call(listInvoices, {});
  await mine.call(readBillingHistory, {});
  await mine.call(readAccountUsage, {});
  await hear(world);
}

async function atStripe({ stripeUrl }: World, route: string, body: object): Promise<void> {
  const answer = await fetch(`${stripeUrl}/_test/${route}`, {
    method: "POST",
    headers: { authorization: `Bearer ${LOCAL_STRIPE_KEY}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${route}: ${answer.status} ${await answer.text()}`);
}

/** An event as Stripe sends it, and one that somebody else has signed. */
async function hear(world: World): Promise<void> {
  const event = {
    id: "evt_contract",
    object: "event",
    type: "customer.updated",
    livemode: false,
    created: Math.floor(world.now() / 1000),
    data: { object: { id: "cus_nobody", object: "customer" } },
  } as const;
  const payload = JSON.stringify(event);
  const stripe = new Stripe(LOCAL_STRIPE_KEY);
  const signed = (secret: string) =>
    stripe.webhooks.generateTestHeaderStringAsync({
      payload,
      secret,
      timestamp: Math.floor(world.now() / 1000),
    });
  await asking(world).call(receiveStripeEvent, {
    json: event,
    headers: { "stripe-signature": await signed(WEBHOOK_SECRET) },
  });
  await refused(
    refusable(world).call(receiveStripeEvent, {
      json: event,
      headers: { "stripe-signature": await signed("whsec_somebody_elses") },
    }),
    "billing.signature_invalid",
  );
}
