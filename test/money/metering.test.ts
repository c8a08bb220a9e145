import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { initialState } from "../../worker/domain/deployment/state.ts";
import { snapshotOf } from "../../worker/domain/deployment/view.ts";
import type { AccountId, DeploymentId } from "../../worker/domain/ids.ts";
import { GUESTS } from "../../worker/domain/plans.ts";
import type { UsageRecord } from "../../worker/domain/usage-record.ts";
import { dayOf, usageRows } from "../../worker/domain/usage.ts";
import { silentLogger } from "../../worker/platform/logger.ts";
import { project } from "../../worker/store/projection.repo.ts";
import type { Deps } from "../../worker/usecases/deps.ts";
import { meterUsage, SETTLE_MS } from "../../worker/usecases/meter-usage.ts";
import type { Death } from "./dying-d1.ts";
import { DyingD1 } from "./dying-d1.ts";

/**
 * The meter on the real tables: whatever begins and ends, however late that is told, and wherever the process dies, the
 * days' rows come to what the records say.
 */
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const ID = "dep_01jd0000000000000000000000" as DeploymentId;
const ACCOUNT = "acct_01jd0000000000000000000000" as AccountId;

const snapshot = snapshotOf(
  initialState({
    identity: { id: ID, accountId: ACCOUNT, name: "M", slug: "m", createdAt: 0, controlPlaneId: "test" },
    spec: {
      runtime: "openclaw",
      runtimeVersion: "v1",
      region: "fra",
      tier: "shared",
      config: {},
      retentionDays: 7,
    },
  }),
  (slug) => `https://${slug}.example`,
);

class Plane {
  now = 100 * DAY;
  readonly d1 = new DyingD1();
  readonly #records = new Map<string, UsageRecord>();
  #versions = 0;

  constructor() {
    this.d1.addCustomer(ACCOUNT);
  }

  async tell(record: UsageRecord): Promise<void> {
    this.#records.set(`${record.resourceId}:${record.from}`, record);
    this.#versions += 1;
    await project(this.d1.binding, {
      version: 1,
      snapshot,
      instance: null,
      backups: null,
      events: [],
      usage: [{ version: this.#versions, record }],
      accountId: ACCOUNT,
      overdueAt: Number.MAX_SAFE_INTEGER,
    });
  }

  async meter(death: Death | null): Promise<void> {
    const clock = { now: () => this.now, toPlatform: (at: number) => at };
    // All that the meter asks for.
    const deps = { db: this.d1.db, clock, logger: silentLogger } as Deps;
    await this.d1.run(() => meterUsage(deps), death);
  }

  get records(): readonly UsageRecord[] {
    return [...this.#records.values()];
  }

  rows(): Record<string, number> {
    const rows = this.d1.disk.rows("SELECT id, quantity FROM usage_metrics WHERE quantity > 0 ORDER BY id");
    return Object.fromEntries(rows.map(({ id, quantity }) => [String(id), Number(quantity)]));
  }

  expected(): Record<string, number> {
    const until = dayOf(this.now - SETTLE_MS);
    const rows = usageRows(this.records, { from: 0, to: until }).toSorted((a, b) => (a.id < b.id ? -1 : 1));
    return Object.fromEntries(rows.map(({ id, quantity }) => [id, quantity]));
  }
}

const recordFor = (resourceId: "m1" | "v1", from: number, to: number | null): UsageRecord =>
  resourceId === "m1"
    ? { kind: "machine", deploymentId: ID, resourceId, guest: GUESTS.shared, from, to }
    : { kind: "volume", deploymentId: ID, resourceId, sizeGb: 13, includedGb: 3, from, to };

const resource = fc.constantFrom("m1" as const, "v1" as const);
const command = fc.oneof(
  fc.record({ do: fc.constant("pass" as const), ms: fc.integer({ min: 1, max: 40 * HOUR }) }),
  /** `lateMs`: how long ago it was, by the time it is told. */
  fc.record({
    do: fc.constantFrom("begin" as const, "end" as const, "go on" as const),
    resource,
    lateMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 70 * HOUR })),
  }),
  fc.record({
    do: fc.constant("meter" as const),
    death: fc.option(fc.record({ call: fc.integer({ min: 1, max: 6 }), isBefore: fc.boolean() })),
  }),
);
type Command = typeof command extends fc.Arbitrary<infer T> ? T : never;

async function carryOut(plane: Plane, one: Command): Promise<void> {
  if (one.do === "pass") plane.now += one.ms;
  else if (one.do === "meter") await plane.meter(one.death);
  else {
    const at = plane.now - one.lateMs;
    const last = plane.records.filter(({ resourceId }) => resourceId === one.resource).at(-1);
    if (one.do === "begin" && (last === undefined || (last.to !== null && last.to <= at)))
      await plane.tell(recordFor(one.resource, at, null));
    // Its end is told, told again otherwise, or was none.
    else if (one.do === "end" && last !== undefined)
      await plane.tell({ ...last, to: Math.max(last.from, at) });
    else if (one.do === "go on" && last !== undefined) await plane.tell({ ...last, to: null });
  }
}

describe("metering", () => {
  it("comes to the records' own sums, whatever is told when, and wherever it dies", async () => {
    const holds = await fc.check(
      fc.asyncProperty(fc.array(command, { maxLength: 30 }), async (commands) => {
        const plane = new Plane();
        for (const one of commands) await carryOut(plane, one);
        plane.now += 2 * DAY;
        await plane.meter(null);
        await plane.meter(null);
        const rows = JSON.stringify(plane.rows());
        const isRight = rows === JSON.stringify(plane.expected());
        const before = plane.d1.disk.rows("SELECT * FROM usage_records");
        await plane.meter(null);
        const isStill =
          JSON.stringify(before) === JSON.stringify(plane.d1.disk.rows("SELECT * FROM usage_records"));
        return isRight && isStill;
      }),
      { numRuns: 300 },
    );
    expect(holds.counterexample).toBeNull();
  });

  it("takes many days a bit at a time", async () => {
    const plane = new Plane();
    await plane.tell(recordFor("m1", plane.now, null));
    plane.now += 80 * DAY;
    await plane.meter(null);
    expect(Object.keys(plane.rows())).toHaveLength(31);
    await plane.meter(null);
    await plane.meter(null);
    expect(plane.rows()).toEqual(plane.expected());
  });

  it("waits with a day until it has been over for a while", async () => {
    const plane = new Plane();
    await plane.tell(recordFor("m1", plane.now, null));
    plane.now += DAY + SETTLE_MS - 1;
    await plane.meter(null);
    expect(plane.rows()).toEqual({});
    plane.now += 1;
    await plane.meter(null);
    expect(Object.values(plane.rows())).toEqual([86_400]);
  });
});
