import { describe, expect, it } from "vitest";
import { play } from "./run.ts";
import type { Entry, Fault, Script, Wish } from "./script.ts";
import { CRASH_POINTS } from "./script.ts";

/**
 * Each story is told again and again, with the process dying once at every point at which it can, and with each fault at
 * every call. However it goes, every invariant holds and it ends as wished.
 */
const SEED = 1;

type Story = { name: string; wishes: readonly Wish[]; ends: string };

const STORIES: readonly Story[] = [
  { name: "create", wishes: [], ends: "ready" },
  { name: "restart", wishes: [{ kind: "restart" }], ends: "ready" },
  { name: "stop", wishes: [{ kind: "stop" }], ends: "stopped" },
  { name: "stop and start", wishes: [{ kind: "stop" }, { kind: "start" }], ends: "ready" },
  { name: "update", wishes: [{ kind: "update", runtimeVersion: "v2" }], ends: "ready" },
  {
    name: "update that spoils the data",
    wishes: [{ kind: "update", runtimeVersion: "bad-exit" }],
    ends: "ready",
  },
  {
    name: "update and roll back by hand",
    wishes: [{ kind: "update", runtimeVersion: "v2" }, { kind: "rollback" }],
    ends: "ready",
  },
  { name: "backup and restore", wishes: [{ kind: "backup" }, { kind: "restore newest" }], ends: "ready" },
  {
    name: "hold and release",
    wishes: [
      { kind: "hold", hold: "billing" },
      { kind: "release", hold: "billing" },
    ],
    ends: "ready",
  },
  {
    name: "delete and undelete",
    wishes: [{ kind: "delete", purge: false, retentionDays: 7 }, { kind: "undelete" }],
    ends: "ready",
  },
  { name: "purge", wishes: [{ kind: "delete", purge: true }], ends: "deleted" },
];

/** Looks made in the quarter of an hour that ends every run. */
const CALLS_AT_REST = 4;

const ordered = (script: readonly Entry[]): Script => script.toSorted((a, b) => a.call - b.call);

async function endOf(wishes: readonly Wish[], script: readonly Entry[] = []) {
  const { violation, world } = await play(ordered(script), SEED, 0, { wishes });
  return { violation, phase: world.store.snapshot.phase, calls: world.calls };
}

const FAULTS: readonly Fault[] = [
  "lost answer",
  "lost request",
  "not found",
  "conflict 409",
  "rate limited",
  "server error",
  "stale read",
  "d1 down",
  "fly down",
];

describe.each(STORIES)("$name", ({ wishes, ends }) => {
  const expected = { violation: null, phase: ends };

  it("ends as wished", async () => {
    expect(await endOf(wishes)).toMatchObject(expected);
  });

  it("ends the same when the process dies anywhere on the way", async () => {
    const { calls } = await endOf(wishes);
    for (const point of CRASH_POINTS) {
      for (let call = 1; call <= calls; call += 1) {
        const told = await endOf(wishes, [{ call, what: "crash", point }]);
        expect({ point, call, ...told }).toMatchObject({ point, call, ...expected });
      }
    }
  });

  it.each(FAULTS)("ends the same when any one call meets: %s", async (fault) => {
    const { calls } = await endOf(wishes);
    for (let call = 1; call <= calls; call += 1) {
      const told = await endOf(wishes, [{ call, what: "fault", fault }]);
      expect({ call, ...told }).toMatchObject({ call, ...expected });
    }
  });
});

/** Fly is eventually consistent: it may deny what exists more than once in a row. Longer ones are left to the reaper. */
describe("a row of false 404s, wherever it comes", () => {
  const rows = (call: number): readonly (readonly Entry[])[] =>
    [
      [call, call + 1],
      [call, call + 1, call + 2],
      [call, call + 2],
    ].map((calls) => calls.map((at): Entry => ({ call: at, what: "fault", fault: "not found" })));

  it.each(STORIES)("changes nothing of: $name", async ({ wishes, ends }) => {
    const { calls } = await endOf(wishes);
    for (let call = 1; call <= calls; call += 1)
      for (const script of rows(call))
        expect({ script, ...(await endOf(wishes, script)) }).toMatchObject({
          script,
          violation: null,
          phase: ends,
        });
  });

  it("leaves nothing at Fly of what is purged in the middle of its making", async () => {
    const { calls } = await endOf([]);
    for (let call = 1; call <= calls; call += 1)
      for (const script of [0, 1, 2, 3, 4].flatMap((later) => rows(call + later))) {
        const purge: Entry = {
          call,
          what: "wish",
          wish: { kind: "delete", purge: true },
          during: call % 2 === 0,
        };
        expect({ script, ...(await endOf([], [purge, ...script])) }).toMatchObject({
          script,
          violation: null,
          phase: "deleted",
        });
      }
  });
});

describe("changing one's mind in the middle of a create", () => {
  it.each<[Wish, string]>([
    [{ kind: "stop" }, "stopped"],
    [{ kind: "delete", purge: false, retentionDays: 7 }, "deleted"],
    [{ kind: "delete", purge: true }, "deleted"],
    [{ kind: "update", config: { changed: true } }, "ready"],
    [{ kind: "hold", hold: "billing" }, "stopped"],
  ])("to %o converges to the last wish, whenever it comes", async (wish, phase) => {
    const { calls } = await endOf([]);
    for (const during of [true, false]) {
      for (let call = 1; call <= calls; call += 1)
        expect({ call, ...(await endOf([], [{ call, what: "wish", wish, during }])) }).toMatchObject({
          call,
          violation: null,
          phase,
        });
    }
  });
});

describe("changing one's mind in the middle of an update", () => {
  it.each<[Wish, string]>([
    [{ kind: "stop" }, "stopped"],
    [{ kind: "delete", purge: false, retentionDays: 7 }, "deleted"],
    [{ kind: "update", runtimeVersion: "v3" }, "ready"],
    [{ kind: "restart" }, "ready"],
  ])("to %o converges to the last wish, whenever it comes", async (wish, phase) => {
    const { calls: before } = await endOf([]);
    for (const runtimeVersion of ["v2", "bad-exit"]) {
      const update: Wish = { kind: "update", runtimeVersion };
      const { calls } = await endOf([update]);
      for (let call = before - CALLS_AT_REST; call <= calls; call += 1)
        expect({
          call,
          ...(await endOf([update], [{ call, what: "wish", wish, during: true }])),
        }).toMatchObject({
          call,
          violation: null,
          phase,
        });
    }
  });
});
