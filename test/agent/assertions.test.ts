import { describe, expect, it } from "vitest";
import { createAssertions } from "../../images/agent/guard/assertions.ts";
import { AUDIENCE, createDoor, forged, LOGIN, USER } from "./support/door.ts";

const START = Date.parse("2026-11-24T12:00:00Z");

function bench() {
  const time = { now: START };
  const door = createDoor(() => time.now);
  const assertions = createAssertions({ keys: door.jwks, audience: AUDIENCE, now: () => time.now });
  return { time, door, check: (token: string) => assertions.check(token) };
}

const seconds = (at: number): number => Math.floor(at / 1000);

describe("what the door signed is believed", () => {
  it("for this machine, and tells who it is", async () => {
    const { door, check } = bench();
    expect(await check(await door.token())).toEqual({ sub: USER, sid: LOGIN });
  });

  it("with the key before the present one too, so that a key can be changed", async () => {
    const { door, check } = bench();
    expect(await check(await door.token({ key: door.previous }))).not.toBeNull();
  });

  it("until it expires, remembered or not", async () => {
    const { time, door, check } = bench();
    const token = await door.token();
    expect(await check(token)).not.toBeNull();
    time.now += 59_000;
    expect(await check(token)).not.toBeNull();
    // A clock may be off by a few seconds, for a token that is new to this machine.
    time.now += 60_000;
    expect(await check(token)).toBeNull();
  });

  it("from a clock a few seconds ahead, and no more", async () => {
    const { door, check } = bench();
    expect(await check(await door.token({ iat: seconds(START) + 3 }))).not.toBeNull();
    expect(await check(await door.token({ iat: seconds(START) + 30 }))).toBeNull();
  });

  it("though more others came between than are remembered", async () => {
    const { door, check } = bench();
    const first = await door.token();
    await check(first);
    for (let count = 0; count < 1_100; count += 1) await check(await door.token({ sid: `sess_${count}` }));
    expect(await check(first)).not.toBeNull();
  });
});

describe("nothing else is", () => {
  it.each([
    ["another machine of the same app", { aud: "lp-app/0000000000000" }],
    ["the same machine id in another app", { aud: "lp-other/148e21ea7d4589" }],
    ["the machine's id alone", { aud: "148e21ea7d4589" }],
    ["several machines, this among them", { aud: [AUDIENCE, "lp-app/0000000000000"] }],
    ["somebody else's word", { iss: "somebody" }],
    ["nobody", { sub: null }],
    ["no login", { sid: null }],
    ["a minute and a second", { exp: seconds(START) + 61 }],
    ["an hour", { exp: seconds(START) + 3_600 }],
    ["yesterday", { iat: seconds(START) - 86_400, exp: seconds(START) - 86_340 }],
    ["from yesterday until next year", { iat: seconds(START) - 86_400, exp: seconds(START) + 31_536_000 }],
    ["a key nobody knows", { kid: "unknown" }],
  ])("a token for %s", async (_, changes) => {
    const { door, check } = bench();
    expect(await check(await door.token(changes))).toBeNull();
  });

  it("a token of another key that calls itself ours", async () => {
    const { door, check } = bench();
    expect(await check(await door.token({ key: door.foreign }))).toBeNull();
  });

  it.each(["none", "None", "HS256", "RS256", "ES256", "Ed448"])(
    "a token by the algorithm %s",
    async (alg) => {
      const { check } = bench();
      const claims = {
        iss: "launchpad-door",
        aud: AUDIENCE,
        sub: USER,
        sid: LOGIN,
        iat: seconds(START),
        exp: seconds(START) + 60,
      };
      expect(await check(forged({ alg, kid: "current" }, claims))).toBeNull();
      expect(await check(forged({ alg, kid: "current" }, claims, ""))).toBeNull();
    },
  );

  it("a good token with one claim changed", async () => {
    const { door, check } = bench();
    const [header, , signature] = (await door.token()).split(".");
    const claims = {
      iss: "launchpad-door",
      aud: AUDIENCE,
      sub: "usr_other",
      sid: LOGIN,
      iat: seconds(START),
      exp: seconds(START) + 60,
    };
    const changed = Buffer.from(JSON.stringify(claims)).toString("base64url");
    expect(await check(`${header}.${changed}.${signature}`)).toBeNull();
  });

  it("a key the token brings along", async () => {
    const { door, check } = bench();
    const header = { alg: "EdDSA", kid: "current", jwk: door.foreign.publicJwk };
    const signed = (await door.token({ key: door.foreign })).split(".");
    const brought = Buffer.from(JSON.stringify(header)).toString("base64url");
    expect(await check(`${brought}.${signed[1]}.${signed[2]}`)).toBeNull();
  });

  it.each(["", ".", "..", "a.b.c", "e30.e30.", "x".repeat(5_000), "Bearer token"])(
    "what isn't a token: %s",
    async (text) => {
      expect(await bench().check(text)).toBeNull();
    },
  );
});
