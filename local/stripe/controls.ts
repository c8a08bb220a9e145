import type { Context } from "hono";
import { z } from "zod";
import type { Api, App } from "./api.ts";
import type { CardToken } from "./billing/cards.ts";
import { CARDS } from "./billing/cards.ts";
import { completeSession } from "./billing/checkout.ts";
import { closeDispute, openDispute } from "./billing/disputes.ts";
import { catchUp } from "./billing/life.ts";
import { makeMethod } from "./billing/methods.ts";
import { invalid } from "./errors.ts";
import type { Faults } from "./faults.ts";
import { faultsSchema } from "./faults.ts";
import { deliverySchema, type Webhooks } from "./webhooks.ts";
import type { World } from "./world.ts";

/** What a test does that at Stripe a person, a bank or time does: everything under `/_test`, for who has the key. */
const OUTCOMES = { succeed: "visa", decline: "chargeDeclined", "3ds": "authenticationRequired" } as const;

const completeSchema = z.strictObject({
  /** `3ds`: the bank asks, and its customer walks away. */
  outcome: z.enum(["succeed", "decline", "3ds"]),
  /** Instead of the outcome's. */
  card: z.enum(Object.keys(CARDS) as [CardToken, ...CardToken[]]).optional(), // They are its keys.
});
const disputeSchema = z.strictObject({
  charge: z.string(),
  reason: z.enum(["fraudulent", "general"]).default("fraudulent"),
});
const closeSchema = z.strictObject({ status: z.enum(["won", "lost"]) });
const dunningSchema = z.strictObject({
  retryDays: z.array(z.int().positive()).max(8),
  finally: z.enum(["cancel", "unpaid", "past_due"]),
});
const sendSchema = z.strictObject({ events: z.array(z.string()) });

export function mountControls(
  app: App,
  options: { world: World; webhooks: Webhooks; faults: Faults; api: Api },
): void {
  const { world: w, webhooks, faults, api } = options;

  app.use("/_test/*", async (c, next) => {
    api.isCaller(c);
    await next();
  });

  app.post("/_test/checkout/:id/complete", async (c) => {
    const { outcome, card } = await readJson(c, completeSchema);
    const session = w.store.transaction(() => {
      const open = w.find("sessions", c.req.param("id"));
      const method = makeMethod(w, { token: card ?? OUTCOMES[outcome], clock: w.clockOf(open.customer) });
      return completeSession(w, open, method, { isAuthenticated: outcome !== "3ds" });
    });
    await webhooks.settle();
    return c.json(session);
  });

  app.post("/_test/disputes", async (c) => {
    const { charge, reason } = await readJson(c, disputeSchema);
    const dispute = w.store.transaction(() => openDispute(w, w.find("charges", charge, "charge"), reason));
    await webhooks.settle();
    return c.json(dispute);
  });

  app.post("/_test/disputes/:id/close", async (c) => {
    const { status } = await readJson(c, closeSchema);
    const dispute = w.store.transaction(() => {
      const found = w.find("disputes", c.req.param("id"));
      closeDispute(w, found, status);
      return found;
    });
    await webhooks.settle();
    return c.json(dispute);
  });

  app.post("/_test/dunning", async (c) => {
    w.dunning = await readJson(c, dunningSchema);
    return c.json(w.dunning);
  });

  app.post("/_test/faults", async (c) => {
    faults.arm((await readJson(c, faultsSchema)).faults);
    return c.json({});
  });
  app.get("/_test/faults", (c) => c.json(faults.struck));

  app.post("/_test/webhooks", async (c) => {
    webhooks.configure(await readJson(c, deliverySchema));
    await webhooks.settle();
    return c.json({});
  });
  app.get("/_test/webhooks", (c) => c.json(w.store.all("deliveries")));
  app.post("/_test/webhooks/send", async (c) =>
    c.json({ taken: await webhooks.send((await readJson(c, sendSchema)).events) }),
  );

  /** The account's clock was moved: does what has become due, and sends what came of it. */
  app.post("/_test/tick", async (c) => {
    catchUp(w, null, w.now(null));
    await webhooks.settle();
    return c.json({ now: w.now(null) });
  });

  app.get("/_test/requests", (c) => c.json(api.seen));
}

async function readJson<T extends z.ZodType>(c: Context, schema: T): Promise<z.output<T>> {
  const body: unknown = await c.req.json().catch(() => null);
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw invalid(parsed.error.issues[0]?.message ?? "malformed");
}
