import { createServer } from "node:http";
import type { Server } from "node:http";
import { createEmulator } from "emulate";
import type { Emulator } from "emulate";
import getPort from "get-port";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { LOCAL_STRIPE_KEY } from "../../../local/shop.ts";
import { stripeClient } from "../../../worker/clients/stripe/stripe.ts";
import type { AccountId } from "../../../worker/domain/ids.ts";

/**
 * Our client against a Stripe that none of us wrote (`emulate`, Vercel Labs): a customer, a page to pay on, and the
 * signature of the webhook that tells of it. More can't be held against it: it has no subscriptions and no idempotency
 * keys, its prices are paid once, and its events have neither an id nor a time, so that ours refuses them after their
 * signature was found right.
 */
const SECRET = "whsec_emulate00000000";
const PRICE = "price_emulate_shared";
const ACCOUNT = "acct_01jd0000000000000000000000" as AccountId;
/** What its events lack. */
const MISSING = ["created", "id", "livemode", "object"];

let emulator: Emulator;
let listener: Server;
let baseUrl = "";
const webhooks: { body: string; signature: string }[] = [];

beforeAll(async () => {
  listener = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const signature = String(request.headers["stripe-signature"]);
      webhooks.push({ body: Buffer.concat(parts).toString(), signature });
      response.end();
    });
  });
  const [port, hook] = [await getPort({ host: "127.0.0.1" }), await getPort({ host: "127.0.0.1" })];
  await new Promise<void>((done) => void listener.listen(hook, "127.0.0.1", done));
  emulator = await createEmulator({
    service: "stripe",
    port,
    seed: {
      stripe: {
        products: [{ id: "prod_emulate_shared", name: "Shared" }],
        prices: [{ id: PRICE, product_name: "Shared", currency: "usd", unit_amount: 2_500 }],
        webhooks: [{ url: `http://127.0.0.1:${hook}/`, events: ["*"], secret: SECRET }],
      },
    },
  });
  baseUrl = `http://127.0.0.1:${port}`;
});

afterAll(async () => {
  await emulator.close();
  listener.close();
});

const client = () => stripeClient({ fetch, baseUrl, secretKey: LOCAL_STRIPE_KEY });

/** Its ids may hold a hyphen, which Stripe's never do and ours refuses: asked again, it makes others. */
async function checkout(tries = 30) {
  const stripe = client();
  const customer = await stripe.createCustomer({ accountId: ACCOUNT, email: "ada@example.com" });
  if (customer.kind === "ok") {
    const session = await stripe.openCheckout({
      customer: customer.value.id,
      accountId: ACCOUNT,
      plan: "shared",
      price: PRICE,
      extraPrice: null,
      successUrl: "http://localhost:1/account/billing?checkout={CHECKOUT_SESSION_ID}",
      cancelUrl: "http://localhost:1/account/billing",
      isTaxed: false,
      nonce: "once",
    });
    if (session.kind === "ok") return { customer: customer.value, session: session.value };
    if (session.kind !== ODD) throw new Error(JSON.stringify(session));
  } else if (customer.kind !== ODD) throw new Error(JSON.stringify(customer));
  if (tries === 0) throw new Error("No answer is ever as it should be.");
  return checkout(tries - 1);
}

/** An answer that is not what Stripe's API says. */
const ODD = "unknown_outcome";

const pay = (id: string): Promise<Response> =>
  fetch(`${baseUrl}/checkout/${id}/complete`, { method: "POST", redirect: "manual" });

describe("a checkout at emulate's Stripe", () => {
  it("is opened for our customer, paid on its own page, and leads back to ours", async () => {
    const { customer, session } = await checkout();
    expect(session).toMatchObject({
      status: "open",
      customer: customer.id,
      metadata: { account_id: ACCOUNT, plan: "shared" },
    });
    expect(await client().openCheckouts(customer.id)).toMatchObject({
      kind: "ok",
      value: { data: [{ id: session.id }] },
    });
    expect((await fetch(session.url ?? "")).status).toBe(200);
    const paid = await pay(session.id);
    expect(paid.status).toBe(302);
    expect(paid.headers.get("location")).toBe(`http://localhost:1/account/billing?checkout=${session.id}`);
    expect(await client().openCheckouts(customer.id)).toMatchObject({ kind: "ok", value: { data: [] } });
  });

  it("is closed once, and a second time refused", async () => {
    const { session } = await checkout();
    expect(await client().closeCheckout(session.id)).toMatchObject({
      kind: "ok",
      value: { status: "expired" },
    });
    expect(await client().closeCheckout(session.id)).toMatchObject({ kind: "rejected" });
  });

  it("is told of with a signature that we accept, and with another secret don't", async () => {
    const { session } = await checkout();
    await pay(session.id);
    const told = webhooks.find(
      ({ body }) => body.includes("checkout.session.completed") && body.includes(session.id),
    );
    if (told === undefined) throw new Error("No webhook came.");
    const read = (secrets: string[], body = told.body) =>
      client().readWebhook(body, told.signature, secrets, Date.now());
    expect(await read(["whsec_somebodyelses0000"])).toBeNull();
    expect(await read([SECRET], told.body.replace("complete", "incomplete"))).toBeNull();
    // The signature is right; then what it says is read, and all that is wrong is what emulate leaves out.
    const refused: unknown = await read(["whsec_thepresentone0", SECRET]).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(z.ZodError);
    const issues = refused instanceof z.ZodError ? refused.issues : [];
    expect(issues.map(({ path }) => path.join(".")).toSorted()).toEqual(MISSING);
  });
});
