import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Deployment } from "../../worker/contract/deployments.ts";
import { start, stop } from "../../worker/contract/deployments.ts";
import { readAccountUsage, readUsage } from "../../worker/contract/usage.ts";
import type { AccountId } from "../../worker/domain/ids.ts";
import type { UsageRecord } from "../../worker/domain/usage-record.ts";
import { project } from "../../worker/store/projection.repo.ts";
import type { Person } from "./support.ts";
import {
  advanceClock,
  appOf,
  fly,
  logInAs,
  newPerson,
  productNow,
  readyDeployment,
  rpcOf,
  settled,
  sweep,
  until,
} from "./support.ts";

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const DAY = 24 * HOUR;
const dayOf = (at: number): number => at - (at % DAY);

type Row = { id: string; kind: string; bucket: number; quantity: number; report_due_at: number | null };
type FlyEvent = { type: string; status: string; timestamp: number };

const rowsOf = async ({ id }: Pick<Deployment, "id">): Promise<readonly Row[]> => {
  const { results } = await env.DB.prepare(
    "SELECT id, kind, bucket, quantity, report_due_at FROM usage_metrics WHERE deployment_id = ? ORDER BY id",
  )
    .bind(id)
    .all<Row>();
  return results;
};

type Stored = { content: string; metered_until: number | null };
const recordsOf = async ({ id }: Pick<Deployment, "id">) => {
  const { results } = await env.DB.prepare(
    "SELECT content, metered_until FROM usage_records WHERE deployment_id = ? ORDER BY id",
  )
    .bind(id)
    .all<Stored>();
  return results.map((row) => ({ ...(JSON.parse(row.content) as UsageRecord), until: row.metered_until }));
};

/** The days' rows, once the object has said that it is well; an object that is overdue is waited for. */
const metered = (deployment: Deployment, before: number): Promise<readonly Row[]> =>
  until(async () => {
    await sweep();
    const records = await recordsOf(deployment);
    return records.every((record) => record.until === null || record.until >= before)
      ? rowsOf(deployment)
      : null;
  });

/** Fly's own dates of one machine, oldest first. */
async function datesOf({ id }: Deployment, type: string): Promise<readonly number[]> {
  const [machine] = await fly<{ events: FlyEvent[] }[]>(`/apps/${appOf(id)}/machines`);
  return (machine?.events ?? [])
    .filter((event) => event.type === type && (type !== "start" || event.status === "started"))
    .map(({ timestamp }) => timestamp)
    .toReversed();
}

const sum = (rows: readonly Row[], kind: string): number =>
  rows.filter((row) => row.kind.startsWith(kind)).reduce((total, { quantity }) => total + quantity, 0);
const seconds = (at: number): number => Math.floor(at / SECOND);

const accountOf = async ({ email }: Person): Promise<AccountId> =>
  (await env.DB.prepare("SELECT account_id AS id FROM users WHERE email = ?")
    .bind(email)
    .first<string>("id")) as AccountId; // Written by sign-up.

afterEach(() => vi.restoreAllMocks());

describe("what a deployment uses", () => {
  it("is metered day by day from its own life, to the second, and only once", async () => {
    const person = await newPerson();
    const deployment = await readyDeployment(person);
    const { id } = deployment;
    await settled(person, await person.client.call(stop, { params: { id } }));
    await settled(person, await person.client.call(start, { params: { id } }));
    const [first = 0, second = 0] = await datesOf(deployment, "start");
    const [exit = 0] = await datesOf(deployment, "exit");
    await until(async () => ((await recordsOf(deployment)).length === 3 ? true : null));
    const machines = (await recordsOf(deployment)).filter(({ kind }) => kind === "machine");
    expect(machines.map(({ from, to }) => [from, to])).toEqual([
      [first, exit],
      [second, null],
    ]);

    await advanceClock(2 * DAY);
    const end = dayOf((await productNow()) - 2 * HOUR);
    const rows = await metered(deployment, end);
    expect(sum(rows, "machine shared-2x 2048 MB")).toBe(
      seconds(exit) - seconds(first) + seconds(end) - seconds(second),
    );
    const [volume] = (await recordsOf(deployment)).filter(({ kind }) => kind === "volume");
    expect(sum(rows, "volume")).toBe(3 * (seconds(end) - seconds(volume?.from ?? 0)));
    expect(rows.every(({ bucket, quantity }) => bucket % DAY === 0 && bucket < end && quantity > 0)).toBe(
      true,
    );
    expect(rows.every((row) => row.report_due_at === null)).toBe(true);

    const records = await recordsOf(deployment);
    await sweep();
    expect(await rowsOf(deployment)).toEqual(rows);
    expect(await recordsOf(deployment)).toEqual(records);
    // Today isn't over.
    expect(records.filter((record) => record.until !== null)).toMatchObject([{ to: null, until: end }]);

    // What ends now ended on a day that isn't counted yet; days go on being counted without it.
    const again = await logInAs(person.email);
    await settled(again, await again.client.call(stop, { params: { id } }));
    await until(async () =>
      (await recordsOf(deployment)).every(({ kind, to }) => kind === "volume" || to !== null) ? true : null,
    );
    await advanceClock(DAY);
    const later = dayOf((await productNow()) - 2 * HOUR);
    const after = await metered(deployment, later);
    const last = (await datesOf(deployment, "exit")).at(-1) ?? 0;
    expect(sum(after, "volume")).toBe(3 * (seconds(later) - seconds(volume?.from ?? 0)));
    // Fly's clock stands still here while ours is moved.
    expect(sum(after, "machine")).toBe(
      seconds(exit) - seconds(first) + Math.max(0, seconds(last) - seconds(second)),
    );
  });

  it("is shown to its owner up to now, and adds nothing to the bill within the plan", async () => {
    const person = await newPerson();
    const deployment = await readyDeployment(person);
    await until(async () => ((await recordsOf(deployment)).length === 2 ? true : null));
    await advanceClock(HOUR);
    const { id } = deployment;
    const usage = await person.client.call(readUsage, { params: { id } });
    expect(usage).toMatchObject({ extraCents: 0, extraForecastCents: 0, egressBytes: null });
    expect(usage.machines).toEqual([{ size: "shared-2x 2048 MB", seconds: expect.any(Number) }]);
    expect(usage.machines[0]?.seconds).toBeGreaterThanOrEqual(3_600);
    expect(usage.days).toHaveLength(31);
    const account = await person.client.call(readAccountUsage, {});
    expect(account.deployments.map((one) => one.id)).toEqual([id]);
    expect(account.extraCents).toBe(0);
    await expect((await newPerson()).client.call(readUsage, { params: { id } })).rejects.toMatchObject({
      problem: { status: 404 },
    });
  });
});

describe("extra disk", () => {
  /** A disk of 13 GB, of which 3 are included, since noon of the day before yesterday; as its object would tell it. */
  async function withExtra(person: Person) {
    const deployment = await readyDeployment(person);
    const now = await productNow();
    const from = dayOf(now) - 2 * DAY + 12 * HOUR;
    const record: UsageRecord = {
      kind: "volume",
      deploymentId: deployment.id,
      resourceId: "vol_extra",
      from,
      to: null,
      sizeGb: 13,
      includedGb: 3,
    };
    const tell = async (version: number, to: number | null): Promise<void> => {
      const snapshot = await rpcOf(deployment.id).snapshot();
      if (!snapshot.ok) throw new Error(snapshot.detail);
      await project(env.DB, {
        version: 0,
        snapshot: snapshot.value,
        instance: null,
        backups: null,
        events: [],
        usage: [{ version, record: { ...record, to } }],
        accountId: await accountOf(person),
        overdueAt: now + DAY,
      });
    };
    return { deployment, from, tell, end: dayOf(now - 2 * HOUR) };
  }
  const extras = async (deployment: Deployment) =>
    (await rowsOf(deployment)).filter(({ kind }) => kind === "extra disk");
  const becomesCustomer = async (person: Person): Promise<void> => {
    await env.DB.prepare("UPDATE subscriptions SET customer_id = ? WHERE account_id = ?")
      .bind(`cus_${crypto.randomUUID()}`, await accountOf(person))
      .run();
  };

  it("is due to be told to Stripe for whoever is a customer there, and for nobody else", async () => {
    const [payer, other] = [await newPerson(), await newPerson()];
    await becomesCustomer(payer);
    const [one, two] = [await withExtra(payer), await withExtra(other)];
    await one.tell(100, null);
    await two.tell(100, null);
    await metered(one.deployment, one.end);
    await metered(two.deployment, two.end);
    const [noon] = await extras(one.deployment);
    expect(noon).toMatchObject({ quantity: (10 * (12 * HOUR)) / SECOND, report_due_at: expect.any(Number) });
    expect((await extras(two.deployment)).every((row) => row.report_due_at === null)).toBe(true);
    const usage = await payer.client.call(readUsage, { params: { id: one.deployment.id } });
    expect(usage.extraForecastCents).toBeGreaterThan(usage.extraCents);
  });

  it("is counted again when its end is told late, until Stripe knows; then it stays and somebody is told", async () => {
    const person = await newPerson();
    await becomesCustomer(person);
    const { deployment, from, tell, end } = await withExtra(person);
    await tell(100, null);
    await metered(deployment, end);
    await tell(101, from + 6 * HOUR);
    await metered(deployment, end);
    const corrected = await extras(deployment);
    expect(corrected.map(({ quantity }) => quantity).slice(0, 1)).toEqual([(10 * 6 * HOUR) / SECOND]);
    expect(corrected.slice(1).every((row) => row.quantity === 0 && row.report_due_at === null)).toBe(true);

    await env.DB.prepare(
      "UPDATE usage_metrics SET report_due_at = NULL, charged = quantity WHERE deployment_id = ? AND kind = 'extra disk'",
    )
      .bind(deployment.id)
      .run();
    const alerts = vi.spyOn(console, "error").mockImplementation(() => undefined);
    await tell(102, from + HOUR);
    const rows = await metered(deployment, end);
    expect(await extras(deployment)).toMatchObject(corrected.map(({ quantity }) => ({ quantity })));
    expect(
      sum(
        rows.filter(({ bucket }) => bucket === dayOf(from)),
        "volume",
      ),
    ).toBe((13 * HOUR) / SECOND);
    expect(alerts.mock.calls.flat().join()).toContain("usage.reported_otherwise");
  });

  it("is not turned back by an older telling", async () => {
    const { deployment, from, tell } = await withExtra(await newPerson());
    await tell(102, from + HOUR);
    await tell(101, null);
    const record = (await recordsOf(deployment)).find(({ resourceId }) => resourceId === "vol_extra");
    expect(record?.to).toBe(from + HOUR);
  });
});
