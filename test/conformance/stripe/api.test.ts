import { Stripe } from "stripe";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { API_KEY, type Bench, customerWith, DAY_MS, startBench, subscriberOf } from "./harness.ts";

/** How the API speaks, whatever it is about. */
let bench: Bench;
beforeEach(async () => {
  bench = await startBench();
});
afterEach(() => bench.close());

type ErrorBody = { error: { type: string; code?: string; message: string; param?: string } };
async function call(method: string, path: string, body?: string, headers: Record<string, string> = {}) {
  const response = await fetch(`${bench.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${API_KEY}`,
      "content-type": "application/x-www-form-urlencoded",
      ...headers,
    },
    ...(body === undefined ? {} : { body }),
  });
  return { response, body: (await response.json()) as ErrorBody & Record<string, unknown> };
}
const arm = (kind: string, more: object = {}) => bench.control("faults", { faults: [{ kind, ...more }] });

describe("a caller", () => {
  it.each(["/v1/customers", "/v1/events", "/v1/nothing", "/_test/webhooks"])(
    "without the key is refused: %s",
    async (path) => {
      const { response, body } = await call("GET", path, undefined, {
        authorization: "Bearer sk_test_wrong",
      });
      expect(response.status).toBe(401);
      expect(body.error.type).toBe("invalid_request_error");
    },
  );

  it("is told the id of each request, and the version it named", async () => {
    const { response } = await call("GET", "/v1/customers", undefined, {
      "stripe-version": "2026-10-28.endive",
    });
    expect(response.headers.get("request-id")).toMatch(/^req_/);
    expect(response.headers.get("stripe-version")).toBe("2026-10-28.endive");
    await bench.stripe.customers.create({}, { idempotencyKey: "k" });
    expect(await bench.control("requests")).toEqual([
      { method: "GET", path: "/v1/customers", version: "2026-10-28.endive", idempotencyKey: null },
      { method: "POST", path: "/v1/customers", version: Stripe.API_VERSION, idempotencyKey: "k" },
    ]);
  });
});

describe("a refusal", () => {
  it.each([
    ["POST", "/v1/subscriptions", "items[0][price]=price_shared_month", 400, "parameter_missing", "customer"],
    ["POST", "/v1/customers", "nickname=x", 400, "parameter_unknown", "nickname"],
    [
      "POST",
      "/v1/customers",
      "invoice_settings[colour]=x",
      400,
      "parameter_unknown",
      "invoice_settings[colour]",
    ],
    ["POST", "/v1/subscriptions", "customer=cus_no&items[0][price]=p", 400, "resource_missing", "customer"],
    ["GET", "/v1/customers/cus_no", undefined, 404, "resource_missing", "id"],
    ["GET", "/v1/customers?limit=1000", undefined, 400, undefined, "limit"],
    ["GET", "/v1/customers?expand[]=data.colour", undefined, 400, undefined, undefined],
    ["GET", "/v1/coupons", undefined, 404, undefined, undefined],
  ])("%s %s %s says what is wrong", async (method, path, form, status, code, param) => {
    await customerWith(bench);
    const { response, body } = await call(method, path, form);
    expect(response.status).toBe(status);
    expect(body.error).toMatchObject({
      type: "invalid_request_error",
      message: expect.any(String) as string,
      ...(code === undefined ? {} : { code }),
      ...(param === undefined ? {} : { param }),
    });
  });

  it("of a card has the bank's reason", async () => {
    const customer = await bench.stripe.customers.create({});
    await expect(
      bench.stripe.paymentMethods.attach("pm_card_chargeDeclinedInsufficientFunds", {
        customer: customer.id,
      }),
    ).rejects.toMatchObject({
      type: "StripeCardError",
      code: "card_declined",
      decline_code: "insufficient_funds",
    });
  });
});

describe("an idempotency key", () => {
  it("does it once, however often it comes, and answers the same", async () => {
    const create = () =>
      bench.stripe.customers.create({ email: "ada@example.com" }, { idempotencyKey: "cust:1" });
    const [first, second] = [await create(), await create()];
    expect(second.id).toBe(first.id);
    expect(second.lastResponse.headers["idempotent-replayed"]).toBe("true");
    expect(second.lastResponse.headers["original-request"]).toBe(first.lastResponse.requestId);
    expect((await bench.stripe.customers.list()).data).toHaveLength(1);
  });

  it("with other parameters is an error", async () => {
    await bench.stripe.customers.create({ name: "a" }, { idempotencyKey: "k" });
    await expect(bench.stripe.customers.create({ name: "b" }, { idempotencyKey: "k" })).rejects.toMatchObject(
      {
        type: "StripeIdempotencyError",
        statusCode: 400,
      },
    );
  });

  it("is forgotten after a day", async () => {
    const first = await bench.stripe.customers.create({}, { idempotencyKey: "k" });
    await bench.advance(DAY_MS);
    expect((await bench.stripe.customers.create({}, { idempotencyKey: "k" })).id).not.toBe(first.id);
  });

  it("of a request that was refused before anything ran is free again", async () => {
    const broken = { name: "x", colour: "y" } as Stripe.CustomerCreateParams; // No such parameter.
    await expect(bench.stripe.customers.create(broken, { idempotencyKey: "k" })).rejects.toThrow(
      "unknown parameter",
    );
    expect((await bench.stripe.customers.create({ name: "x" }, { idempotencyKey: "k" })).name).toBe("x");
  });

  it("of a card that was declined answers that it was, again", async () => {
    const customer = await bench.stripe.customers.create({});
    const attach = () =>
      bench.stripe.paymentMethods.attach(
        "pm_card_chargeDeclined",
        { customer: customer.id },
        { idempotencyKey: "k" },
      );
    await expect(attach()).rejects.toMatchObject({ code: "card_declined" });
    await expect(attach()).rejects.toMatchObject({ code: "card_declined" });
  });
});

describe("a bad day", () => {
  it.each([
    ["lock_timeout", 409],
    ["rate_limit", 429],
    ["server_error", 500],
  ])("%s: nothing was done, and the next try goes through", async (kind, statusCode) => {
    await arm(kind, { method: "POST" });
    await expect(bench.stripe.customers.create({})).rejects.toMatchObject({ statusCode });
    expect((await bench.stripe.customers.list()).data).toEqual([]);
    await bench.stripe.customers.create({});
    expect(await bench.control("faults")).toEqual({ [kind]: 1 });
  });

  // By hand: the SDK asks again by itself when a connection breaks.
  it.each(["lost_answer", "server_error_after"])(
    "%s: it was done, and the same key answers what came of it",
    async (kind) => {
      await arm(kind, { path: "/v1/customers" });
      const create = () => call("POST", "/v1/customers", "name=Ada", { "idempotency-key": "k" });
      const first = await create().then(
        ({ response }) => response.status,
        () => "no answer",
      );
      expect(first).toBe(kind === "lost_answer" ? "no answer" : 500);
      const { body, response } = await create();
      expect(response.headers.get("idempotent-replayed")).toBe("true");
      expect((await bench.stripe.customers.list()).data.map(({ id }) => id)).toEqual([body["id"]]);
    },
  );

  it("is over for a client that tries again by itself", async () => {
    const url = new URL(bench.url);
    const patient = new Stripe(API_KEY, {
      host: url.hostname,
      port: url.port,
      protocol: "http",
      maxNetworkRetries: 2,
      telemetry: false,
    });
    await arm("lost_answer", { times: 2, method: "POST" });
    await patient.customers.create({ name: "Ada" });
    expect((await bench.stripe.customers.list()).data).toHaveLength(1);
  });
});

describe("a list", () => {
  const three = async () => {
    const made = [];
    for (const name of ["a", "b", "c"]) made.push(await bench.stripe.customers.create({ name }));
    return made;
  };
  const names = (list: { data: Stripe.Customer[] }) => list.data.map(({ name }) => name);

  it("is newest first, a page at a time, in both directions", async () => {
    const [, b] = await three();
    const first = await bench.stripe.customers.list({ limit: 2 });
    expect([names(first), first.has_more]).toEqual([["c", "b"], true]);
    const rest = await bench.stripe.customers.list({ limit: 2, starting_after: b?.id ?? "" });
    expect([names(rest), rest.has_more]).toEqual([["a"], false]);
    expect(names(await bench.stripe.customers.list({ ending_before: b?.id ?? "" }))).toEqual(["c"]);
  });

  it("is read to its end by the SDK's own iteration", async () => {
    await three();
    const all: (string | null | undefined)[] = [];
    for await (const { name } of bench.stripe.customers.list({ limit: 1 })) all.push(name);
    expect(all).toEqual(["c", "b", "a"]);
  });

  it("is of a time, when one is named", async () => {
    await bench.stripe.customers.create({ name: "early" });
    await bench.advance(DAY_MS);
    await bench.stripe.customers.create({ name: "late" });
    const since = bench.nowMs() / 1_000;
    expect(names(await bench.stripe.customers.list({ created: { gte: since } }))).toEqual(["late"]);
    expect(names(await bench.stripe.customers.list({ created: { lt: since } }))).toEqual(["early"]);
  });
});

describe("expand", () => {
  it("puts objects in place of ids, through lists and through one another", async () => {
    const { customer } = await subscriberOf(bench, "price_shared_month");
    const [found] = (
      await bench.stripe.subscriptions.list({
        customer: customer.id,
        status: "all",
        expand: ["data.default_payment_method", "data.latest_invoice.payments", "data.customer"],
      })
    ).data;
    expect(found).toMatchObject({
      default_payment_method: null,
      customer: { email: "ada@example.com" },
      latest_invoice: { status: "paid", payments: { data: [{ status: "paid", amount_paid: 2500 }] } },
    });
    const price = await bench.stripe.prices.retrieve("price_shared_month", { expand: ["product"] });
    expect(price.product).toMatchObject({ name: "Shared" });
  });

  it("isn't kept: the next answer has the id again", async () => {
    const { customer, subscription } = await subscriberOf(bench, "price_shared_month");
    await bench.stripe.subscriptions.retrieve(subscription.id, { expand: ["customer"] });
    expect((await bench.stripe.subscriptions.retrieve(subscription.id)).customer).toBe(customer.id);
  });
});

describe("metadata", () => {
  it("is merged, a key at a time; an empty value removes one, an empty string all", async () => {
    const customer = await bench.stripe.customers.create({ metadata: { a: "1", b: "2" } });
    const change = async (metadata: Record<string, string> | "") =>
      (await bench.stripe.customers.update(customer.id, { metadata })).metadata;
    expect(await change({ b: "", c: "3" })).toEqual({ a: "1", c: "3" });
    expect(await change("")).toEqual({});
  });

  it("of a hostile name is a name like any other", async () => {
    const { body } = await call("POST", "/v1/customers", "metadata[__proto__]=x&metadata[constructor]=y");
    expect(JSON.stringify(body["metadata"])).toContain('"constructor":"y"');
    expect(({} as Record<string, unknown>)["x"]).toBeUndefined();
  });
});
