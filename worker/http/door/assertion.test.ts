import { generateKeyPairSync } from "node:crypto";
import { decodeJwt, decodeProtectedHeader } from "jose";
import { describe, expect, it } from "vitest";
import { createAssertions } from "../../../images/agent/guard/assertions.ts";
import { doorKeysSchema, publicKeySet } from "../../domain/door-keys.ts";
import { fromIso } from "../../platform/clock.ts";
import type { Admission } from "../../usecases/open-door.ts";
import { assertions } from "./assertion.ts";

const START = fromIso("2026-11-24T12:00:00Z");

function key(kid: string) {
  const { kty, crv, x, d } = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
  return { kty, crv, x, d, kid };
}

function bench() {
  const time = { now: START };
  const keys = doorKeysSchema.parse([key("current"), key("previous")]);
  const assert = assertions(keys, () => time.now);
  const agent = (audience: string) =>
    createAssertions({ keys: publicKeySet(keys) as never, audience, now: () => time.now }); // A JWKS.
  return { time, keys, assert, agent };
}

const ADMISSION = {
  accountId: "acct_1",
  app: "lp-app",
  machineId: "m1",
  userId: "usr_1",
  sessionId: "sess_1",
  deploymentId: "dep_1",
} as Admission; // Ids are branded.

describe("what the door says of a request", () => {
  it("is believed by the machine it is for, and by no other", async () => {
    const { assert, agent } = bench();
    const token = await assert(ADMISSION);
    expect(await agent("lp-app/m1").check(token)).toEqual({ sub: "usr_1", sid: "sess_1" });
    expect(await agent("lp-app/m2").check(token)).toBeNull();
  });

  it("is signed with the first key, names it, and ends within a minute", async () => {
    const { assert } = bench();
    const token = await assert(ADMISSION);
    expect(decodeProtectedHeader(token)).toEqual({ alg: "EdDSA", kid: "current", typ: "JWT" });
    const { iat = 0, exp = 0 } = decodeJwt(token);
    expect([iat * 1000, exp - iat]).toEqual([START, 60]);
  });

  it("is the same for half a minute, for the same login and machine", async () => {
    const { time, assert } = bench();
    const first = await assert(ADMISSION);
    time.now += 29_000;
    expect(await assert(ADMISSION)).toBe(first);
    time.now += 2_000;
    expect(await assert(ADMISSION)).not.toBe(first);
  });

  it.each([{ machineId: "m2" }, { app: "lp-other" }, { sessionId: "sess_2" }])(
    "is another for %o",
    async (other) => {
      const { assert } = bench();
      expect(await assert({ ...ADMISSION, ...other } as Admission)).not.toBe(await assert(ADMISSION));
    },
  );
});

describe("what machines are told of the keys", () => {
  it("is all of them, without their private parts", () => {
    const { keys } = bench();
    const told = JSON.stringify(publicKeySet(keys));
    expect(JSON.parse(told)).toMatchObject({ keys: [{ kid: "current" }, { kid: "previous" }] });
    for (const { d } of keys) expect(told).not.toContain(d);
  });
});
