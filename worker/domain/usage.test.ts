import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromIso } from "../platform/clock.ts";
import { GUESTS } from "./plans.ts";
import type { UsageRecord } from "./usage-record.ts";
import { billedCents } from "./extras.ts";
import { monthOf, monthsUsage, runningCost, usageDays, usageRows } from "./usage.ts";

const SECOND = 1_000;
const DAY = 86_400_000;
const NOVEMBER = fromIso("2026-11-01T00:00:00Z");
const WINDOW = { from: 0, to: 100 * DAY };

const ran = (from: number, to: number | null, patch: object = {}): UsageRecord => ({
  kind: "machine",
  deploymentId: "dep_1",
  resourceId: "m1",
  guest: GUESTS.shared,
  from,
  to,
  ...patch,
});
const stored = (from: number, to: number | null, sizeGb = 3, includedGb: number | null = 3): UsageRecord => ({
  kind: "volume",
  deploymentId: "dep_1",
  resourceId: "v1",
  sizeGb,
  includedGb,
  from,
  to,
});
const sum = (records: readonly UsageRecord[], window = WINDOW): number =>
  usageRows(records, window).reduce((total, { quantity }) => total + quantity, 0);

describe("usage rows", () => {
  it("are one a day, to the second, each with an id of its own", () => {
    expect(usageRows([ran(DAY / 2, 2 * DAY + 5 * SECOND)], WINDOW)).toEqual([
      {
        id: "dep_1:machine-shared-2x-2048-MB:1970-01-01",
        deploymentId: "dep_1",
        kind: "machine shared-2x 2048 MB",
        bucket: 0,
        quantity: 43_200,
      },
      expect.objectContaining({ id: "dep_1:machine-shared-2x-2048-MB:1970-01-02", quantity: 86_400 }),
      expect.objectContaining({ id: "dep_1:machine-shared-2x-2048-MB:1970-01-03", quantity: 5 }),
    ]);
  });

  it("count a volume in GB-seconds, and sizes of machines apart", () => {
    const rows = usageRows(
      [
        stored(0, 10 * SECOND),
        stored(10 * SECOND, 20 * SECOND, 10, 10),
        ran(0, 7_000, { guest: GUESTS.dedicated }),
      ],
      WINDOW,
    );
    expect(rows.map(({ kind, quantity }) => [kind, quantity])).toEqual([
      ["machine performance-1x 3072 MB", 7],
      ["volume", 130],
    ]);
  });

  it("count what is beyond the plan apart, and nothing where nothing is charged", () => {
    const rows = usageRows(
      [
        stored(0, 10 * SECOND, 10),
        stored(10 * SECOND, 20 * SECOND, 10, 8),
        stored(20 * SECOND, 30 * SECOND, 10, null),
        { ...stored(0, 30 * SECOND, 2), resourceId: "v2" },
      ],
      WINDOW,
    );
    expect(rows.map(({ kind, quantity }) => [kind, quantity])).toEqual([
      ["extra disk", 70 + 20],
      ["volume", 300 + 60],
    ]);
  });

  it("keep two volumes of one deployment, kept beside each other, apart until they are added up", () => {
    expect(sum([stored(0, 10 * SECOND), { ...stored(0, 10 * SECOND), resourceId: "v2" }])).toBe(60);
  });
});

describe("whatever is recorded", () => {
  const at = fc.integer({ min: 0, max: 100 * DAY });
  const span = fc.tuple(at, at).map(([a, b]): [number, number] => [Math.min(a, b), Math.max(a, b)]);
  const records = fc.array(
    fc
      .tuple(span, fc.constantFrom("m1", "m2"), fc.boolean())
      .map(([[from, to], resourceId, isVolume]) =>
        isVolume ? { ...stored(from, to), resourceId } : ran(from, to, { resourceId }),
      ),
    { maxLength: 8 },
  );

  it("the days of a record are its seconds", () => {
    const holds = fc.check(
      fc.property(span, ([from, to]) => {
        const seconds = Math.floor(to / SECOND) - Math.floor(from / SECOND);
        return sum([ran(from, to)]) === seconds && sum([stored(from, to)]) === 3 * seconds;
      }),
    );
    expect(holds.counterexample).toBeNull();
  });

  it("cut anywhere, told twice or in another order it is the same", () => {
    const holds = fc.check(
      fc.property(records, at, (all, cut) => {
        const pieces = all.flatMap((record) => {
          const to = record.to ?? 0;
          if (cut <= record.from || cut >= to) return [record];
          return [
            { ...record, from: cut },
            { ...record, to: cut },
          ];
        });
        const told = JSON.stringify(usageRows(all, WINDOW));
        return (
          told === JSON.stringify(usageRows(pieces.toReversed(), WINDOW)) &&
          told === JSON.stringify(usageRows([...pieces, ...all], WINDOW))
        );
      }),
    );
    expect(holds.counterexample).toBeNull();
  });

  it("no second is counted twice for one resource, and no day is fuller than a day", () => {
    const holds = fc.check(
      fc.property(records, (all) =>
        usageRows(
          all.filter(({ resourceId, kind }) => resourceId === "m1" && kind === "machine"),
          WINDOW,
        ).every(({ quantity }) => quantity > 0 && quantity <= 86_400),
      ),
    );
    expect(holds.counterexample).toBeNull();
  });

  it("a day that is over is the same ever after, and ids are unique", () => {
    const holds = fc.check(
      fc.property(records, at, (all, now) => {
        const open = all.map((record): UsageRecord => ({ ...record, to: null }));
        const then = usageRows(open, { from: 0, to: now });
        const later = new Map(usageRows(open, WINDOW).map((row) => [row.id, row]));
        return (
          new Set(then.map(({ id }) => id)).size === then.length &&
          then.every(({ id, bucket, quantity }) => bucket + DAY > now || quantity === later.get(id)?.quantity)
        );
      }),
    );
    expect(holds.counterexample).toBeNull();
  });
});

describe("what a customer sees", () => {
  const records = [
    ran(NOVEMBER - DAY, NOVEMBER + DAY),
    ran(NOVEMBER + DAY, NOVEMBER + 2 * DAY, { guest: GUESTS.dedicated }),
    stored(NOVEMBER, null, 13),
  ];

  it("is this month's use, and what it adds to the bill now and at the month's end", () => {
    expect(monthsUsage(records, NOVEMBER + 15 * DAY)).toEqual({
      machines: [
        { size: "shared-2x 2048 MB", seconds: 86_400 },
        { size: "performance-1x 3072 MB", seconds: 86_400 },
      ],
      diskGbSeconds: 13 * 15 * 86_400,
      extraDiskGbSeconds: 10 * 15 * 86_400,
      extraCents: 200,
      extraForecastCents: 400,
    });
    expect(billedCents(1)).toBe(0);
  });

  it("is one row for each of the last days, also for those without any use", () => {
    const days = usageDays(records, NOVEMBER + 2.5 * DAY, 5);
    expect(days.map(({ day }) => (day - NOVEMBER) / DAY)).toEqual([-2, -1, 0, 1, 2]);
    expect(days.map(({ machineSeconds }) => machineSeconds)).toEqual([0, 86_400, 86_400, 86_400, 0]);
    expect(days.at(-1)).toMatchObject({
      diskGbSeconds: 13 * 43_200,
      extraDiskGbSeconds: 10 * 43_200,
    });
  });
});

describe("what a month costs", () => {
  it("is known so far, and to its end if what runs runs on", () => {
    const fromStart = [ran(NOVEMBER, null), stored(NOVEMBER - 40 * DAY, null)];
    // November has the 30 days that Fly's monthly prices are of.
    expect(runningCost(fromStart, NOVEMBER + 15 * DAY)).toEqual({
      spentMicroDollars: (11_830_000 + 450_000) / 2,
      forecastMicroDollars: 11_830_000 + 450_000,
      unpriced: [],
    });
  });

  it("counts what stopped only until then", () => {
    const stopped = [ran(NOVEMBER, NOVEMBER + 3 * DAY)];
    const { spentMicroDollars, forecastMicroDollars } = runningCost(stopped, NOVEMBER + 15 * DAY);
    expect(spentMicroDollars).toBe(1_183_000);
    expect(forecastMicroDollars).toBe(spentMicroDollars);
  });

  it("says what it can't price, and counts extra disk once", () => {
    const odd = ran(NOVEMBER, null, { guest: { cpuKind: "shared", cpus: 8, memoryMb: 512 } });
    const cost = runningCost([odd, stored(NOVEMBER, null, 13)], NOVEMBER + 15 * DAY);
    expect(cost.forecastMicroDollars).toBe(13 * 150_000);
    expect(cost.unpriced).toEqual(["machine shared-8x 512 MB"]);
  });

  it("is a calendar month, over the year's end and in leap years too", () => {
    expect(monthOf(fromIso("2026-12-31T23:59:00Z"))).toEqual({
      from: fromIso("2026-12-01T00:00:00Z"),
      to: fromIso("2027-01-01T00:00:00Z"),
    });
    expect(monthOf(fromIso("2028-02-29T00:00:00Z"))).toEqual({
      from: fromIso("2028-02-01T00:00:00Z"),
      to: fromIso("2028-03-01T00:00:00Z"),
    });
  });
});
