import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AccountId, DeploymentId } from "../ids.ts";
import type { Guest } from "../plans.ts";
import { GUESTS } from "../plans.ts";
import type { UsageRecord } from "../usage-record.ts";
import { usageRecordId } from "../usage-record.ts";
import { usageRows } from "../usage.ts";
import { confirmUsage, meter, retellUsage } from "./meter.ts";
import type { MachineSeen } from "./moves.ts";
import type { State } from "./state.ts";
import { initialState, stateSchema, withStatus } from "./state.ts";

const newborn: State = initialState({
  identity: {
    id: "dep_01jd0000000000000000000000" as DeploymentId,
    accountId: "acct_01jd0000000000000000000000" as AccountId,
    name: "Metered",
    slug: "metered-abcdefgh",
    createdAt: 0,
    controlPlaneId: "test",
  },
  spec: {
    runtime: "openclaw",
    runtimeVersion: "v1",
    region: "fra",
    tier: "shared",
    config: {},
    retentionDays: 7,
  },
});

const seen = (patch: Partial<MachineSeen>): MachineSeen => ({
  id: "m1",
  instanceId: "i1",
  state: "started",
  metadata: {},
  checks: "passing",
  createdAt: 0,
  image: null,
  volumeId: "v1",
  guest: GUESTS.shared,
  startedAt: null,
  lastExit: null,
  crashedAt: [],
  starts: [],
  exits: [],
  pull: null,
  failure: null,
  ...patch,
});

const withKnown = (state: State, id = "m1"): State =>
  withStatus(state, {
    machine: {
      is: "known",
      id,
      instanceId: "i1",
      state: "started",
      configGeneration: 1,
      bootGeneration: 1,
      startedAt: null,
      pendingBoot: null,
      createdAt: 0,
      observedAt: 0,
      missingSince: null,
      crash: null,
      exitToldAt: 0,
      failure: null,
    },
  });
const running = withKnown(newborn);
const withVolume = (state: State, sizeGb: number, id = "v1"): State =>
  withStatus(state, {
    volume: {
      is: "known",
      id,
      region: "fra",
      sizeGb,
      usable: true,
      backupDays: null,
      inDoubt: false,
      bootAfter: null,
    },
  });

/** What D1 would hold: the newest telling of each record. */
function recordsOf(state: State, before: readonly UsageRecord[] = []): readonly UsageRecord[] {
  const all = new Map(before.map((record) => [usageRecordId(record), record]));
  for (const { record } of state.status.meter.untold) all.set(usageRecordId(record), record);
  return [...all.values()].sort((a, b) => a.from - b.from);
}
const spansOf = (state: State) => recordsOf(state).map(({ from, to }) => [from, to]);

describe("a machine", () => {
  it("is used from its start to its exit, as Fly dates them", () => {
    const up = meter(running, [seen({ starts: [1_000] })], 5_000);
    expect(spansOf(up)).toEqual([[1_000, null]]);
    const down = meter(up, [seen({ state: "stopped", starts: [1_000], exits: [9_000] })], 12_000);
    expect(spansOf(down)).toEqual([[1_000, 9_000]]);
  });

  it("isn't used while it is restarted, however late that is seen", () => {
    const up = meter(running, [seen({ starts: [1_000] })], 2_000);
    const later = meter(up, [seen({ starts: [9_000, 5_000, 1_000], exits: [8_000, 4_000] })], 60_000);
    expect(spansOf(later)).toEqual([
      [1_000, 4_000],
      [5_000, 8_000],
      [9_000, null],
    ]);
  });

  it("that dies in the moment of its start is not used until the next one", () => {
    const up = meter(running, [seen({ starts: [3_000, 2_000, 1_000], exits: [2_000, 1_000] })], 9_000);
    expect(spansOf(up)).toEqual([
      [1_000, 1_000],
      [2_000, 2_000],
      [3_000, null],
    ]);
    const again = seen({ starts: [9_000, 3_000, 2_000, 1_000], exits: [9_000, 2_000, 1_000] });
    expect(spansOf(meter(up, [again], 10_000)).slice(2)).toEqual([
      [3_000, 9_000],
      [9_000, null],
    ]);
  });

  it("that vanishes was used until it was last seen running", () => {
    const up = meter(running, [seen({ starts: [1_000] })], 5_000);
    const again = meter(up, [seen({ starts: [1_000] })], 300_000);
    const gone = meter(withStatus(again, { machine: { is: "absent" } }), [], 900_000);
    expect(spansOf(gone)).toEqual([[1_000, 300_000]]);
  });

  it("whose start Fly doesn't show is not counted", () => {
    expect(meter(running, [seen({})], 5_000).status.meter.untold).toEqual([]);
  });

  it("is believed no older answer than one before", () => {
    const up = meter(running, [seen({ starts: [1_000] })], 2_000);
    const down = meter(up, [seen({ state: "stopped", starts: [1_000], exits: [3_000] })], 4_000);
    expect(meter(down, [seen({ starts: [1_000] })], 5_000)).toBe(down);
  });

  it("that is looked for is neither up nor down", () => {
    const up = meter(running, [seen({ starts: [1_000] })], 2_000);
    const lost = withStatus(up, { machine: { is: "maybe", since: 3_000 } });
    expect(meter(lost, [], 4_000)).toBe(lost);
  });

  it("of another size is another record, from its next start on", () => {
    const up = meter(running, [seen({ starts: [1_000] })], 2_000);
    const dearer = seen({ starts: [6_000, 1_000], exits: [5_000], guest: GUESTS.dedicated });
    const guests = recordsOf(meter(up, [dearer], 9_000)).map((record) =>
      record.kind === "machine" ? record.guest : null,
    );
    expect(guests).toEqual<Guest[]>([GUESTS.shared, GUESTS.dedicated]);
  });

  it("set aside or left over is metered on; a stranger never is", () => {
    const up = meter(running, [seen({ starts: [1_000] })], 2_000);
    const replaced = withStatus(withKnown(up, "m2"), {
      leftovers: [{ machineId: "m1", asked: false, since: 2_500 }],
    });
    const both = [
      seen({ state: "stopped", starts: [1_000], exits: [3_000] }),
      seen({ id: "m9", starts: [1] }),
    ];
    expect(spansOf(meter(replaced, both, 4_000))).toEqual([[1_000, 3_000]]);
  });
});

describe("a volume", () => {
  it("is used from when it is known until it is known to be gone", () => {
    const there = meter(withVolume(newborn, 3), [], 1_000);
    expect(meter(there, [], 2_000)).toBe(there);
    const gone = meter(withStatus(there, { volume: { is: "absent" } }), [], 9_000);
    expect(spansOf(gone)).toEqual([[1_000, 9_000]]);
  });

  it("that grew is another record, without a gap", () => {
    const grown = meter(withVolume(meter(withVolume(newborn, 3), [], 1_000), 10), [], 5_000);
    expect(recordsOf(grown)).toMatchObject([
      { from: 1_000, to: 5_000, sizeGb: 3, includedGb: 3 },
      { from: 5_000, to: null, sizeGb: 10, includedGb: 3 },
    ]);
  });

  it("that is kept costs us, and is no extra", () => {
    const there = meter(withVolume(newborn, 10), [], 1_000);
    const kept = withStatus(withVolume(there, 10, "v2"), {
      keptVolumes: [{ id: "v1", region: "fra", why: "replaced", until: 99_000, asked: false }],
    });
    expect(recordsOf(meter(kept, [], 5_000))).toMatchObject([
      { resourceId: "v1", to: 5_000, includedGb: 3 },
      { resourceId: "v2", from: 5_000, to: null, includedGb: 3 },
      { resourceId: "v1", from: 5_000, to: null, sizeGb: 10, includedGb: null },
    ]);
  });

  it("of a deleted deployment is no extra any more", () => {
    const there = meter(withVolume(newborn, 10), [], 1_000);
    const deleted = meter({ ...there, spec: { ...there.spec, desired: "deleted" } }, [], 4_000);
    expect(recordsOf(deleted).at(-1)).toMatchObject({ from: 4_000, to: null, includedGb: null });
  });
});

describe("what is told", () => {
  it("is told until it is confirmed, and what began meanwhile stays", () => {
    const up = meter(running, [seen({ starts: [1_000] })], 2_000);
    const told = up.status.meter.untold;
    const down = meter(up, [seen({ state: "stopped", starts: [1_000], exits: [3_000] })], 4_000);
    const confirmed = confirmUsage(down, told);
    expect(confirmed.status.meter.untold).toMatchObject([{ version: 2, record: { to: 3_000 } }]);
    expect(confirmUsage(confirmed, confirmed.status.meter.untold).status.meter.untold).toEqual([]);
  });

  it("is all that goes on, for a read model that lost it", () => {
    const up = meter(withVolume(running, 3), [seen({ starts: [1_000] })], 2_000);
    const settled = confirmUsage(up, up.status.meter.untold);
    expect(spansOf(retellUsage(settled))).toEqual([
      [1_000, null],
      [2_000, null],
    ]);
  });

  it("begins with nothing in documents from before", () => {
    const { meter: _, ...status } = newborn.status;
    expect(stateSchema.parse({ ...newborn, status })).toEqual(newborn);
  });
});

describe("whatever happens to a machine, and whenever it is looked at", () => {
  const gap = fc.integer({ min: 1, max: 200_000 });
  const life = fc.record({
    /** How long each start and exit comes after the one before. */
    gaps: fc.array(gap, { minLength: 1, maxLength: 12 }),
    /** Between looks. */
    looks: fc.array(gap, { maxLength: 12 }),
    confirms: fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }),
  });

  it("its seconds add up exactly, without overlap or gap", () => {
    const holds = fc.check(
      fc.property(life, ({ gaps, looks, confirms }) => {
        const times = sums(gaps);
        const end = (times.at(-1) ?? 0) + 1_000;
        const shownAt = (now: number): MachineSeen => {
          const happened = times.filter((at) => at <= now);
          return seen({
            state: happened.length % 2 === 1 ? "started" : "stopped",
            starts: happened.filter((_, index) => index % 2 === 0).toReversed(),
            exits: happened.filter((_, index) => index % 2 === 1).toReversed(),
          });
        };
        let state = running;
        let stored: readonly UsageRecord[] = [];
        for (const [index, now] of [...sums(looks).filter((at) => at < end), end].entries()) {
          state = meter(state, [shownAt(now)], now);
          if (confirms[index] !== true) continue;
          stored = recordsOf(state, stored);
          state = confirmUsage(state, state.status.meter.untold);
        }
        const metered = recordsOf(state, stored).map(({ from, to }) => [from, to]);
        const ran = times.flatMap((at, index) => (index % 2 === 0 ? [[at, times[index + 1] ?? null]] : []));
        const seconds = ran.reduce(
          (total, [from, to]) => total + Math.floor((to ?? end) / 1_000) - Math.floor((from ?? 0) / 1_000),
          0,
        );
        const counted = usageRows(recordsOf(state, stored), { from: 0, to: end });
        return (
          JSON.stringify(metered) === JSON.stringify(ran) &&
          counted.reduce((total, { quantity }) => total + quantity, 0) === seconds
        );
      }),
    );
    expect(holds.counterexample).toBeNull();
  });

  const disk = fc.record({
    after: gap,
    sizeGb: fc.integer({ min: 1, max: 9 }),
    role: fc.constantFrom("present" as const, "kept" as const, "deleted" as const),
  });

  it("its disk's GB-seconds are those of what it was, piece by piece", () => {
    const holds = fc.check(
      fc.property(fc.array(disk, { minLength: 1, maxLength: 12 }), (changes) => {
        let [state, now, gbSeconds, sizeGb] = [newborn, 0, 0, 0];
        for (const change of changes) {
          const before = Math.floor(now / 1_000);
          now += change.after;
          gbSeconds += (Math.floor(now / 1_000) - before) * sizeGb;
          // A kept volume keeps the size it had.
          if (change.role !== "kept" || sizeGb === 0) sizeGb = change.sizeGb;
          state = meter(inRole(state, change.role, sizeGb), [], now);
        }
        const records = recordsOf(state);
        const isWhole = records.every(({ from }, index) => index === 0 || records[index - 1]?.to === from);
        const rows = usageRows(records, { from: 0, to: now }).filter(({ kind }) => kind === "volume");
        return isWhole && rows.reduce((total, { quantity }) => total + quantity, 0) === gbSeconds;
      }),
    );
    expect(holds.counterexample).toBeNull();
  });
});

function inRole(state: State, role: "present" | "kept" | "deleted", sizeGb: number): State {
  const spec = { ...state.spec, desired: role === "deleted" ? ("deleted" as const) : ("running" as const) };
  const kept = { id: "v1", region: "fra", why: "replaced", until: 0, asked: false };
  const isMetered = state.status.meter.volumes.length > 0;
  return role === "kept" && isMetered
    ? withStatus({ ...state, spec }, { volume: { is: "absent" }, keptVolumes: [kept] })
    : withStatus(withVolume({ ...state, spec }, sizeGb), { keptVolumes: [] });
}

const sums = (gaps: readonly number[]): readonly number[] =>
  gaps.reduce<number[]>((all, one) => [...all, (all.at(-1) ?? 0) + one], []);
