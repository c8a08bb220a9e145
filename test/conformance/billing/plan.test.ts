import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  cancelPlan,
  changePlan,
  listInvoices,
  readBilling,
  readBillingHistory,
  refreshBilling,
  startCheckout,
} from "../../../worker/contract/billing.ts";
import type { ApiClient } from "../../../worker/contract/client.ts";
import { ApiProblem } from "../../../worker/contract/client.ts";
import { create, get } from "../../../worker/contract/deployments.ts";
import { waitFor } from "../../e2e/support/wait-for.ts";
import type { BilledPlane } from "../../support/billed-plane.ts";
import { startBilledPlane } from "../../support/billed-plane.ts";

/** A plan from the trial to the end, against the local Stripe, whose webhooks come in order unless a test says otherwise. */
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const TIMEOUT_MS = 20_000;

let plane: BilledPlane;
beforeAll(async () => {
  plane = await startBilledPlane();
});
afterAll(() => plane.close());

let people = 0;
const newCustomer = (): Promise<ApiClient> => plane.customer(`customer-${(people += 1)}@example.com`);

const codeOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => "nothing was refused",
    (error: unknown) => (error instanceof ApiProblem ? error.problem.code : String(error)),
  );

async function pay(client: ApiClient, plan: "shared" | "dedicated", how: object = { outcome: "succeed" }) {
  const { url } = await client.call(startCheckout, { json: { plan } });
  const session = /cs_[A-Za-z0-9_]+/.exec(url)?.[0] ?? "";
  await plane.atStripe(`checkout/${session}/complete`, how);
}

const phase = async (client: ApiClient) => (await client.call(readBilling, {})).phase;
const becomes = (client: ApiClient, wanted: string) =>
  waitFor(`the phase to be ${wanted}`, TIMEOUT_MS, async () =>
    (await phase(client)) === wanted ? true : null,
  );

/** Past the end of its period, and past the hour for which an invoice is a draft. Months differ. */
async function periodEnds(client: ApiClient): Promise<void> {
  const { subscription } = await client.call(readBilling, {});
  const end = Date.parse(subscription?.cancelAt ?? subscription?.renewsAt ?? "");
  await plane.advance(end - plane.now() + 2 * HOUR_MS);
}

async function newDeployment(client: ApiClient): Promise<string> {
  const { id } = await client.call(create, {
    json: { name: "mine", runtime: "openclaw", region: "fra", tier: "shared" },
  });
  await isIn(client, id, "ready");
  return id;
}

const isIn = (client: ApiClient, id: string, wanted: string) =>
  waitFor(`${id} to be ${wanted}`, TIMEOUT_MS, async () =>
    (await client.call(get, { params: { id } })).phase === wanted ? true : null,
  );

describe("a plan", () => {
  it("begins as a trial, and is paid on a page of Stripe's", async () => {
    const client = await newCustomer();
    expect(await client.call(readBilling, {})).toMatchObject({
      plan: "trial",
      phase: "trial",
      mayRun: true,
      subscription: null,
    });
    await pay(client, "shared");
    await becomes(client, "active");
    expect(await client.call(readBilling, {})).toMatchObject({
      plan: "shared",
      subscription: { status: "active", plan: "shared", cancelAt: null },
    });
    const { items } = await client.call(listInvoices, {});
    expect(items).toMatchObject([{ status: "paid", totalCents: 2500, currency: "usd" }]);
    const { periodStart, periodEnd } = items[0] ?? { periodStart: "", periodEnd: "" };
    expect((Date.parse(periodEnd) - Date.parse(periodStart)) / DAY_MS).toBeGreaterThan(27);
    expect((await client.call(readBillingHistory, {})).items[0]).toMatchObject({
      actor: "stripe",
      before: { phase: "trial" },
      after: { phase: "active", plan: "shared" },
    });
  });

  it("is there when nobody was told: the page of success asks Stripe itself", async () => {
    const client = await newCustomer();
    await plane.atStripe("webhooks", { mode: "dropped" });
    try {
      await pay(client, "shared");
      expect(await client.call(refreshBilling, {})).toMatchObject({ phase: "active", plan: "shared" });
    } finally {
      await plane.atStripe("webhooks", { mode: "in_order" });
    }
  });

  it("is not sold twice", async () => {
    const client = await newCustomer();
    const first = await client.call(startCheckout, { json: { plan: "shared" } });
    const again = await client.call(startCheckout, { json: { plan: "shared" } });
    expect(again.url).toBe(first.url);
    await pay(client, "shared");
    expect(await codeOf(client.call(startCheckout, { json: { plan: "dedicated" } }))).toBe(
      "billing.subscribed",
    );
  });

  it("is upgraded when that is paid, and downgraded when its period ends", async () => {
    const client = await newCustomer();
    await pay(client, "shared");
    const up = await client.call(changePlan, { json: { plan: "dedicated" } });
    expect(up).toMatchObject({ result: "changed", billing: { plan: "dedicated" } });
    const down = await client.call(changePlan, { json: { plan: "shared" } });
    const { renewsAt } = down.billing.subscription ?? { renewsAt: null };
    expect(down).toMatchObject({
      result: "scheduled",
      billing: { plan: "dedicated", subscription: { next: { plan: "shared", at: renewsAt } } },
    });
    expect(await client.call(changePlan, { json: { plan: "dedicated" } })).toMatchObject({
      result: "unchanged",
      billing: { subscription: { next: null } },
    });
    await client.call(changePlan, { json: { plan: "shared" } });
    expect((await client.call(readBillingHistory, {})).items.map(({ after }) => after["next"])).toEqual([
      "shared",
      null,
      "shared",
      null,
    ]);
    await periodEnds(client);
    expect(await client.call(refreshBilling, {})).toMatchObject({ plan: "shared", phase: "active" });
  });

  it("is not less paid because an upgrade waits for its payment", async () => {
    const client = await newCustomer();
    await pay(client, "shared", { outcome: "succeed", card: "failsLater" });
    await becomes(client, "active");
    const change = await client.call(changePlan, { json: { plan: "dedicated" } });
    expect(change).toMatchObject({ result: "payment_pending", billing: { plan: "shared", phase: "active" } });
    expect(change.payUrl).toMatch(/\/i\//);
    const [newest] = (await client.call(readBillingHistory, {})).items;
    expect(Number(newest?.after["paidUntil"])).toBeGreaterThan(plane.now() + 20 * DAY_MS);
  });

  it("is cancelled at its period's end, which can be taken back", async () => {
    const client = await newCustomer();
    await pay(client, "shared");
    const cancelled = await client.call(cancelPlan, { json: { undo: false } });
    expect(cancelled).toMatchObject({ phase: "active", subscription: { renewsAt: null } });
    expect(cancelled.subscription?.cancelAt).not.toBeNull();
    expect((await plane.me(client)).subscription).toMatchObject({
      status: "active",
      endsAt: cancelled.subscription?.cancelAt,
    });
    const kept = await client.call(cancelPlan, { json: { undo: true } });
    expect(kept.subscription).toMatchObject({ cancelAt: null });
  });

  it("is not sold to an account that doesn't fit into it", async () => {
    const client = await newCustomer();
    await plane.allowPlaces(client, 2);
    await newDeployment(client);
    await newDeployment(client);
    expect(await codeOf(client.call(startCheckout, { json: { plan: "shared" } }))).toBe(
      "billing.does_not_fit",
    );
  });

  it("that was never bought can't be changed", async () => {
    const client = await newCustomer();
    expect(await codeOf(client.call(cancelPlan, { json: { undo: false } }))).toBe("billing.not_subscribed");
    expect(await codeOf(client.call(changePlan, { json: { plan: "shared" } }))).toBe(
      "billing.not_subscribed",
    );
  });
});

describe("an assistant", () => {
  it("stops when the trial ends, and is back at once when it is paid", async () => {
    const client = await newCustomer();
    const id = await newDeployment(client);
    await plane.advance(7 * DAY_MS + HOUR_MS);
    await isIn(client, id, "stopped");
    expect(await phase(client)).toBe("retention");
    expect(
      await codeOf(
        client.call(create, { json: { name: "more", runtime: "openclaw", region: "fra", tier: "shared" } }),
      ),
    ).toBe("billing.payment_required");
    await pay(client, "shared");
    await isIn(client, id, "ready");
    expect(await phase(client)).toBe("active");
  });
});

describe("an end", () => {
  it("is announced, comes a week after the trial's, and can be begun anew after", async () => {
    const email = "leaver@example.com";
    const client = await plane.customer(email);
    const id = await newDeployment(client);
    await plane.advance(7 * DAY_MS + HOUR_MS);
    await becomes(client, "retention");
    await plane.advance(7 * DAY_MS);
    await becomes(client, "destroying");
    await isIn(client, id, "stopped");
    await plane.advance(DAY_MS + HOUR_MS);
    await becomes(client, "destroyed");
    // Each turn looks whether the last volume is gone; the secrets' key goes after it.
    await waitFor("everything to be gone", TIMEOUT_MS, async () => {
      await plane.advance(2 * 60_000);
      const code = await codeOf(client.call(get, { params: { id } }));
      return code === "deployment.deleted" ? true : null;
    });
    const subjects = await plane.mailTo(email);
    for (const subject of ["trial has ended", "deleted in two days", "about to be deleted", "receipt"])
      expect(subjects.filter((one) => one.includes(subject))).toHaveLength(1);
    await pay(client, "shared");
    await becomes(client, "active");
    await newDeployment(client);
  });

  it("of a cancelled plan is a month after its period, and paying before that brings all back", async () => {
    const client = await newCustomer();
    await pay(client, "shared");
    await becomes(client, "active");
    const id = await newDeployment(client);
    await client.call(cancelPlan, { json: { undo: false } });
    await periodEnds(client);
    await becomes(client, "retention");
    await isIn(client, id, "stopped");
    await plane.advance(29 * DAY_MS);
    expect(await phase(client)).toBe("retention");
    await pay(client, "shared");
    await becomes(client, "active");
    await isIn(client, id, "ready");
  });

  it("does not come of a late payment before its days of grace are over", async () => {
    const client = await newCustomer();
    await pay(client, "shared", { outcome: "succeed", card: "failsLater" });
    await becomes(client, "active");
    const id = await newDeployment(client);
    await periodEnds(client);
    await becomes(client, "grace");
    await isIn(client, id, "ready");
    await plane.advance(4 * DAY_MS);
    expect(await client.call(readBilling, {})).toMatchObject({
      phase: "grace",
      mayRun: true,
      mayCreate: false,
    });
    await plane.advance(4 * DAY_MS);
    await becomes(client, "suspended");
    await isIn(client, id, "stopped");
  });
});
