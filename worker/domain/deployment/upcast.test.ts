import { describe, expect, it } from "vitest";
import { initialState, stateSchema } from "./state.ts";
import type { NewDeployment, State } from "./state.ts";

const born: NewDeployment = {
  identity: {
    id: "dep_01jd0000000000000000000000",
    accountId: "acct_01jd0000000000000000000000",
    name: "Old",
    slug: "old-abcdefgh",
    createdAt: 1,
    controlPlaneId: "tst",
  } as NewDeployment["identity"], // Ids of the right form.
  spec: {
    runtime: "openclaw",
    runtimeVersion: "1",
    region: "fra",
    tier: "dedicated",
    config: {},
    retentionDays: 30,
  },
};

type Json = Record<string, unknown>;

/** As it was written before tier and disk could change. */
function old(patch: { status?: Json; procedure?: Json } = {}): Json {
  const { spec, status, ...rest } = JSON.parse(JSON.stringify(initialState(born))) as {
    spec: Json;
    status: Json;
  };
  const { diskGb: _disk, diskGeneration: _generation, terms: _terms, ...oldSpec } = spec;
  const { ownIp: _ip, ...oldStatus } = status;
  return {
    ...rest,
    spec: oldSpec,
    status: { ...oldStatus, ...patch.status },
    procedure: patch.procedure ?? null,
  };
}

const RELEASE = { runtimeVersion: "1", config: {}, secretsRevision: 0, configGeneration: 1 };
const VOLUME = { is: "known", id: "vol_1", region: "fra", sizeGb: 3, usable: true };

const read = (document: Json): State => stateSchema.parse(document);

describe("a document from before tier and disk could change", () => {
  it("has releases of the one tier there was", () => {
    const { status } = read(
      old({ status: { good: RELEASE, previous: { release: RELEASE, snapshotId: "vs_1" } } }),
    );
    expect([status.good?.tier, status.previous?.release.tier]).toEqual(["dedicated", "dedicated"]);
  });

  it("goes on with an update that was under way", () => {
    const procedure = {
      kind: "update",
      direction: "forward",
      path: ["apply", "health"],
      stageSince: 1,
      startedAt: 1,
      generation: 2,
      target: { ...RELEASE, configGeneration: 2 },
      was: RELEASE,
      backupId: null,
      source: null,
      old: null,
      cordoned: false,
      booted: false,
      trouble: null,
    };
    expect(read(old({ procedure })).procedure).toMatchObject({
      target: { tier: "dedicated" },
      was: { tier: "dedicated" },
    });
  });

  it("has the disk its volume has, and what its runtime begins with where there is none yet", () => {
    expect(read(old({ status: { volume: { ...VOLUME, sizeGb: 8 } } })).spec.diskGb).toBe(8);
    expect(read(old()).spec.diskGb).toBe(3);
  });

  it("may go on being what it is until it is told its plan's terms", () => {
    expect(read(old()).spec.terms).toEqual({
      backupDays: 30,
      includedDiskGb: 3,
      tiers: ["shared", "dedicated"],
    });
  });

  it("doesn't know how long Fly keeps its snapshots, so that it is told", () => {
    expect(read(old({ status: { volume: VOLUME } })).status).toMatchObject({
      volume: { backupDays: null, inDoubt: false },
      ownIp: { is: "absent" },
    });
  });
});

describe("a document of today", () => {
  it("is read as it was written", () => {
    const state = initialState({ ...born, spec: { ...born.spec, diskGb: 7 } });
    expect(read(JSON.parse(JSON.stringify(state)) as Json)).toEqual(state);
  });
});
