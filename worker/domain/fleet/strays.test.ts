import { describe, expect, it } from "vitest";
import { haltReason, nextAction, ours } from "./strays.ts";
import type { Sighted } from "./strays.ts";

const DAY = 86_400_000;
const sighted = (patch: Partial<Sighted>): Sighted => ({
  state: "reported",
  sightings: 1,
  firstSeenAt: 0,
  quarantinedAt: null,
  ...patch,
});

describe("what may be done about a stray", () => {
  it("is nothing under the policy that only reports", () => {
    expect(nextAction(sighted({ sightings: 99 }), "report", 30 * DAY)).toBe("none");
  });

  it("is a quarantine after two sightings ten minutes apart, not before", () => {
    expect(nextAction(sighted({ sightings: 1 }), "quarantine", DAY)).toBe("none");
    expect(nextAction(sighted({ sightings: 2 }), "quarantine", 9 * 60_000)).toBe("none");
    expect(nextAction(sighted({ sightings: 2 }), "quarantine", 10 * 60_000)).toBe("quarantine");
  });

  it("is a removal after a week of quarantine, if the policy says so", () => {
    const stray = sighted({ state: "quarantined", sightings: 9, quarantinedAt: 0 });
    expect(nextAction(stray, "remove", 7 * DAY - 1)).toBe("none");
    expect(nextAction(stray, "remove", 7 * DAY)).toBe("remove");
    expect(nextAction(stray, "quarantine", 7 * DAY)).toBe("none");
  });
});

describe("a run with too many strays", () => {
  it.each([
    [0, 10, false],
    [1, 3, false],
    [2, 100, false],
    [3, 100, true],
    [5, 1_000, false],
    [6, 1_000_000, true],
  ])("%i of %i halts: %s", (strays, all, halts) => {
    expect(haltReason(strays, all) !== null).toBe(halts);
  });
});

describe("whose a resource is", () => {
  it("is told by metadata, else by the app's name; others' are counted alone", () => {
    const machine = { id: "m", app: "lp-abc-01m85xrk37h1dajp7j7q6z0000", state: "started" };
    const rest = { instanceId: "", updatedAt: 0, createdAt: 0 };
    const inventory = {
      apps: [{ name: machine.app }, { name: "lp-oth-01m85xrk37h1dajp7j7q6z0000" }, { name: "blog" }],
      machines: [
        { ...machine, ...rest, metadata: {} },
        { ...machine, ...rest, id: "n", metadata: { control_plane_id: "oth", deployment_id: "dep_x" } },
        { ...machine, ...rest, id: "d", state: "destroyed", metadata: {} },
      ],
      volumes: [],
    };
    const { candidates, foreign } = ours(inventory, "abc");
    expect(candidates.map(({ kind, id }) => `${kind} ${id}`)).toEqual([`app ${machine.app}`, "machine m"]);
    expect(foreign).toBe(3);
  });
});
