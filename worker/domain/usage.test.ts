import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromIso } from "../platform/clock.ts";
import { GUESTS } from "./plans.ts";
import type { UsageRecord } from "./usage.ts";
import { monthOf, runningCost, usageRows } from "./usage.ts";

const SECOND = 1_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOVEMBER = fromIso("2026-11-01T00:00:00Z");
const WINDOW = { from: 0, to: 100 * HOUR };

const ran = (from: number, to: number | null, patch: object = {}): UsageRecord => ({
  kind: "machine",
  deploymentId: "dep_1",
  resourceId: "m1",
  guest: GUESTS.shared,
  from,
  to,
  ...patch,
});
const stored = (from: number, to: number | null, sizeGb = 3): UsageRecord => ({
  kind: "volume",
  deploymentId: "dep_1",
  resourceId: "v1",
  sizeGb,
  from,
  to,
});
const sum = (records: readonly UsageRecord[], window = WINDOW): number =>
  usageRows(records, window).reduce((total, { quantity }) => total + quantity, 0);

describe("usage rows", () => {
  it("are one an hour, to the second, each with an id of its own", () => {
    expect(usageRows([ran(HOUR / 2, 2 * HOUR + 5 * SECOND)], WINDOW)).toEqual([
      {
        id: "dep_1:machine-shared-2x-2048-MB:0",
        deploymentId: "dep_1",
        kind: "machine shared-2x 2048 MB",
        bucket: 0,
        quantity: 1_800,
        isFinal: true,
      },
      expect.objectContaining({ id: `dep_1:machine-shared-2x-2048-MB:${HOUR}`, quantity: 3_600 }),
      expect.objectContaining({ id: `dep_1:machine-shared-2x-2048-MB:${2 * HOUR}`, quantity: 5 }),
    ]);
  });

  it("count a volume in GB-seconds, and sizes of machines apart", () => {
    const rows = usageRows(
      [
        stored(0, 10 * SECOND),
        stored(10 * SECOND, 20 * SECOND, 10),
        ran(0, 7_000, { guest: GUESTS.dedicated }),
      ],
      WINDOW,
    );
    expect(rows.map(({ kind, quantity }) => [kind, quantity])).toEqual([
      ["machine performance-1x 3072 MB", 7],
      ["volume", 130],
    ]);
  });

  it("of an hour that isn't over are not final", () => {
    const [over, open] = usageRows([ran(0, null)], { from: 0, to: HOUR + 10 * SECOND });
    expect(over).toMatchObject({ quantity: 3_600, isFinal: true });
    expect(open).toMatchObject({ quantity: 10, isFinal: false });
  });

  it("keep two volumes of one deployment, kept beside each other, apart until they are added up", () => {
    expect(sum([stored(0, 10 * SECOND), { ...stored(0, 10 * SECOND), resourceId: "v2" }])).toBe(60);
  });
});

describe("whatever is recorded", () => {
  const at = fc.integer({ min: 0, max: 100 * HOUR });
  const span = fc.tuple(at, at).map(([a, b]): [number, number] => [Math.min(a, b), Math.max(a, b)]);
  const records = fc.array(
    fc
      .tuple(span, fc.constantFrom("m1", "m2"), fc.boolean())
      .map(([[from, to], resourceId, isVolume]) =>
        isVolume ? { ...stored(from, to), resourceId } : ran(from, to, { resourceId }),
      ),
    { maxLength: 8 },
  );

  it("the hours of a record are its seconds", () => {
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

  it("no second is counted twice for one resource, and no hour is fuller than an hour", () => {
    const holds = fc.check(
      fc.property(records, (all) =>
        usageRows(
          all.filter(({ resourceId, kind }) => resourceId === "m1" && kind === "machine"),
          WINDOW,
        ).every(({ quantity }) => quantity > 0 && quantity <= 3_600),
      ),
    );
    expect(holds.counterexample).toBeNull();
  });

  it("a final row is the same ever after, and ids are unique", () => {
    const holds = fc.check(
      fc.property(records, at, (all, now) => {
        const open = all.map((record): UsageRecord => ({ ...record, to: null }));
        const then = usageRows(open, { from: 0, to: now });
        const later = new Map(usageRows(open, WINDOW).map((row) => [row.id, row]));
        return (
          new Set(then.map(({ id }) => id)).size === then.length &&
          then.every((row) => !row.isFinal || row.quantity === later.get(row.id)?.quantity)
        );
      }),
    );
    expect(holds.counterexample).toBeNull();
  });
});

describe("what a month costs", () => {
  it("is known so far, and to its end if what runs runs on", () => {
    const fromStart = [ran(NOVEMBER, null), stored(NOVEMBER - 40 * DAY, null)];
    // November has the 30 days that Fly's monthly prices are of.
    expect(runningCost(fromStart, NOVEMBER + 15 * DAY)).toEqual({
      spentMicroDollars: (11_830_000 + 450_000) / 2,
      forecastMicroDollars: 11_830_000 + 450_000,
    });
  });

  it("counts what stopped only until then", () => {
    const stopped = [ran(NOVEMBER, NOVEMBER + 3 * DAY)];
    const { spentMicroDollars, forecastMicroDollars } = runningCost(stopped, NOVEMBER + 15 * DAY);
    expect(spentMicroDollars).toBe(1_183_000);
    expect(forecastMicroDollars).toBe(spentMicroDollars);
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
