import { describe, expect, it } from "vitest";
import type { AgentDescriptor } from "../../images/agent/contract/descriptor.ts";
import { missingReferences, withValueAt } from "../../images/agent/start/config-file.ts";
import { DescriptorError, parseDescriptor } from "../../images/agent/start/descriptor.ts";
import { forget, gatewayEnvironment } from "../../images/agent/start/environment.ts";
import { machineRequest } from "../../worker/domain/deployment/machine-config.ts";
import { initialState } from "../../worker/domain/deployment/state.ts";
import type { RuntimeId } from "../../worker/domain/runtimes/descriptor.ts";
import { RUNTIME_IDS } from "../../worker/domain/runtimes/descriptor.ts";
import { RUNTIMES } from "../../worker/domain/runtimes/index.ts";

/** What the control plane really says, as text. */
function descriptorOf(runtime: RuntimeId): string {
  const { identity, spec } = initialState({
    identity: {
      id: "dep_01jd0000000000000000000000",
      accountId: "acct_01jd0000000000000000000000",
      name: "Ada",
      slug: "ada-abcd1234",
      createdAt: 0,
      controlPlaneId: "tst",
    },
    spec: {
      runtime,
      runtimeVersion: RUNTIMES[runtime].versions[0],
      region: "fra",
      tier: "shared",
      config: {},
      retentionDays: 7,
    },
  } as Parameters<typeof initialState>[0]); // Ids are branded.
  const { config } = machineRequest({
    identity,
    spec,
    volumeId: "vol_1",
    imageBase: "launchpad",
    origin: "https://ada-abcd1234.apps.example",
    defaults: {},
    secretNames: ["MY_KEY"],
    doorKeys: { keys: [] },
  });
  return Buffer.from(config.files[0]?.raw_value ?? "", "base64").toString("utf8");
}

describe("a descriptor", () => {
  it.each(RUNTIME_IDS)("of %s is understood as the control plane wrote it", (runtime) => {
    const text = descriptorOf(runtime);
    expect(parseDescriptor(text)).toEqual(JSON.parse(text));
  });

  it.each(RUNTIME_IDS)("of %s names every variable it relies on among those the gateway gets", (runtime) => {
    const { env, config, portEnv } = parseDescriptor(descriptorOf(runtime));
    expect(env).toEqual(expect.arrayContaining([config.pathEnv, portEnv, "HOME", "MY_KEY"]));
  });

  const good = JSON.parse(descriptorOf("openclaw")) as AgentDescriptor;
  it.each([
    ["isn't JSON", "{"],
    ["is no object", "[]"],
    ["is of another version", JSON.stringify({ ...good, version: 2 })],
    ["has no command", JSON.stringify({ ...good, argv: [] })],
    ["has a command of numbers", JSON.stringify({ ...good, argv: [1] })],
    ["has no config", JSON.stringify({ ...good, config: null })],
    ["has an origin with a path", JSON.stringify({ ...good, origin: "https://a.example/x" })],
    ["has an entry nobody knows", JSON.stringify({ ...good, entry: { kind: "open" } })],
    ["has a probe nobody knows", JSON.stringify({ ...good, probe: { kind: "none" } })],
    ["drains for ever", JSON.stringify({ ...good, drainMs: "1" })],
  ])("that %s is refused without being quoted", (_, text) => {
    expect(() => parseDescriptor(text)).toThrow(DescriptorError);
    expect(() => parseDescriptor(text)).not.toThrow(/secret|openclaw|example/);
  });

  it("that says nothing of what may be reached allows nothing", () => {
    const { egress, ...silent } = good;
    expect(egress.allow.length).toBeGreaterThan(0);
    expect(parseDescriptor(JSON.stringify(silent)).egress).toEqual({ allow: [] });
    for (const wrong of [["a.example"], { allow: "a.example" }, { allow: [{ name: "" }] }])
      expect(() => parseDescriptor(JSON.stringify({ ...silent, egress: wrong }))).toThrow(/^egress/);
  });

  it("may say more than this agent knows", () => {
    expect(() => parseDescriptor(JSON.stringify({ ...good, report: ["api.example"] }))).not.toThrow();
  });
});

describe("the gateway's environment", () => {
  const descriptor = parseDescriptor(descriptorOf("openclaw"));
  const machine = {
    PATH: "/bin",
    HOME: "/data/home",
    MY_KEY: "value",
    NOT_NAMED: "value",
    FLY_MACHINE_ID: "m",
    FLY_API_TOKEN: "value",
    LAUNCHPAD_DOOR_KEYS: "{}",
    LAUNCHPAD_GUARD_PORT: "8080",
    OPENCLAW_GATEWAY_PORT: "18789",
    AWS_SECRET_ACCESS_KEY: "value",
  };

  it("is what is named for it and nothing else", () => {
    expect(gatewayEnvironment(machine, descriptor)).toEqual({
      PATH: "/bin",
      HOME: "/data/home",
      MY_KEY: "value",
      OPENCLAW_GATEWAY_PORT: "18789",
    });
  });

  it("is the agent's no longer", () => {
    const own: NodeJS.ProcessEnv = { ...machine };
    forget(own, descriptor);
    expect(Object.keys(own)).not.toContain("MY_KEY");
    expect(own).toHaveProperty("LAUNCHPAD_DOOR_KEYS");
  });
});

describe("a config", () => {
  it("gets a value at a path, and keeps all else", () => {
    const config = { a: { b: { c: 1, d: 2 } }, list: [1] };
    expect(withValueAt(config, ["a", "b", "c"], "new")).toEqual({ a: { b: { c: "new", d: 2 } }, list: [1] });
    expect(withValueAt({ list: [1] }, ["list", "x", "y"], "new")).toEqual({ list: { x: { y: "new" } } });
    expect(config.a.b.c).toBe(1);
  });

  it("that refers to what isn't set is told by name, each once", () => {
    expect(missingReferences({ a: "${ONE} ${TWO}", b: ["${TWO}"], c: "$ONE" }, { ONE: "" })).toEqual(["TWO"]);
  });
});
