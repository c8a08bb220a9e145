import { afterEach, describe, expect, it } from "vitest";
import { controlWord, ORIGIN } from "./support/door.ts";
import type { Guarded } from "./support/guarded.ts";
import { HANDSHAKE, startGuarded } from "./support/guarded.ts";

const PATH = "/.launchpad/gateway-restart";
const VALIDATE = "/.launchpad/config-validate";
const NOTHING = { status: 404, body: "" };

const running: Guarded[] = [];
async function guarded(...options: Parameters<typeof startGuarded>) {
  const one = await startGuarded(...options);
  running.push(one);
  type Changes = Parameters<typeof controlWord>[2];
  const word = (changes: Changes = {}, call = { path: PATH, body: "{}" }) =>
    controlWord(one.door, call, { now: one.time.now, ...changes });
  const call = (token: string, path = PATH, how: { method?: string; body?: string } = {}) =>
    one.ask(path, {
      method: "POST",
      body: "{}",
      token: null,
      headers: { "launchpad-control": token },
      ...how,
    });
  return { ...one, word, call };
}
afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.close()));
});

describe("a call of the control plane", () => {
  it("is obeyed and answered, and never reaches the gateway", async () => {
    const { call, word, obeyed, reached } = await guarded();
    const { status, body } = await call(await word());
    expect([status, JSON.parse(body)]).toEqual([200, { ok: true, value: { operation: "gateway-restart" } }]);
    expect([obeyed, reached]).toEqual([["gateway-restart"], []]);
  });

  it("is obeyed while there is no gateway", async () => {
    const { call, word, state } = await guarded();
    state.isUp = false;
    expect((await call(await word())).status).toBe(200);
  });

  it("is obeyed once: the same word again is nobody's", async () => {
    const { call, word, obeyed, time } = await guarded();
    const token = await word();
    expect((await call(token)).status).toBe(200);
    expect(await call(token)).toMatchObject(NOTHING);
    time.now += 62_000; // The last moment at which a clock that goes differently would still believe it.
    expect(await call(token)).toMatchObject(NOTHING);
    expect(obeyed).toHaveLength(1);
  });

  it("is told to come back while another is under way", async () => {
    const gate = Promise.withResolvers<void>();
    const { call, word, obeyed } = await guarded({ onOrder: () => gate.promise });
    const first = call(await word());
    await expect.poll(() => obeyed.length).toBe(1);
    expect(JSON.parse((await call(await word())).body)).toMatchObject({ ok: false, code: "busy" });
    gate.resolve();
    expect((await first).status).toBe(200);
    expect(obeyed).toHaveLength(1);
  });

  it("that goes wrong tells nothing of what went wrong", async () => {
    const { call, word } = await guarded({
      onOrder: async () => {
        throw new Error("with a secret in it");
      },
    });
    const { body } = await call(await word());
    expect(JSON.parse(body)).toMatchObject({ ok: false, code: "failed" });
    expect(body).not.toContain("secret");
  });
});

describe("nothing else is obeyed, and all of it is shown the same nothing:", () => {
  it.each([
    ["another machine's", { aud: "lp-app/0000000000000" }],
    ["one for several machines", { aud: ["lp-app/148e21ea7d4589", "lp-app/0000000000000"] }],
    ["somebody else's", { iss: "somebody" }],
    ["the door's", { iss: "launchpad-door" }],
    ["one for another use", { use: "door" }],
    ["one for no use", { use: undefined }],
    ["one for another method", { method: "GET" }],
    ["one for another operation", { path: VALIDATE }],
    ["one for another body", { body: "0".repeat(64) }],
    ["one for no body", { body: undefined }],
    ["one without a number of its own", { jti: undefined }],
    ["one with a number without end", { jti: "x".repeat(65) }],
    ["one without an end", { exp: undefined }],
  ])("%s word", async (_, claims) => {
    const { call, word, obeyed, reached } = await guarded();
    expect(await call(await word({ claims }))).toMatchObject(NOTHING);
    expect([obeyed, reached]).toEqual([[], []]);
  });

  it("a stale word, one from the future, and one for longer than a minute", async () => {
    const { call, word, obeyed, time } = await guarded();
    const now = Math.floor(time.now / 1000);
    for (const claims of [
      { iat: now - 3_600, exp: now - 3_540 },
      { iat: now + 60, exp: now + 120 },
      { iat: now, exp: now + 61 },
      { iat: now - 3_600, exp: now + 60 },
    ])
      expect(await call(await word({ claims }))).toMatchObject(NOTHING);
    expect(obeyed).toEqual([]);
  });

  it("a word signed with a foreign key that calls itself ours", async () => {
    const { call, word, door, obeyed } = await guarded();
    expect(await call(await word({ key: door.foreign }))).toMatchObject(NOTHING);
    expect(obeyed).toEqual([]);
  });

  it("a browser's assertion, in either header; and a control word opens nothing to a browser", async () => {
    const { ask, call, word, door, obeyed, reached } = await guarded();
    expect(await call(await door.token())).toMatchObject(NOTHING);
    expect(await ask(PATH, { method: "POST", body: "{}", headers: { origin: ORIGIN } })).toMatchObject(
      NOTHING,
    );
    expect(await ask("/", { token: await word() })).toMatchObject(NOTHING);
    const both = { sub: "usr_1", sid: "sess_1" };
    expect(await ask("/", { token: await word({ claims: both }) })).toMatchObject(NOTHING);
    expect([obeyed, reached]).toEqual([[], []]);
  });

  it("a body that was changed, or is endless", async () => {
    const { call, word, obeyed } = await guarded();
    expect(await call(await word(), PATH, { body: '{"a":1}' })).toMatchObject(NOTHING);
    const body = "x".repeat(70_000);
    const token = await word({}, { path: PATH, body });
    // It may be cut off before all of it was sent.
    const answer = await call(token, PATH, { body }).catch(() => NOTHING);
    expect(answer).toMatchObject(NOTHING);
    expect(obeyed).toEqual([]);
  });

  it("a path that is nearly the right one, another method, an upgrade", async () => {
    const { call, ask, word, obeyed, reached } = await guarded();
    for (const path of [`${PATH}/`, `${PATH}?a=1`, "/.launchpad/", "/.launchpad/constructor"])
      expect(await call(await word({}, { path, body: "{}" }), path)).toMatchObject(NOTHING);
    expect(await call(await word({ claims: { method: "PUT" } }), PATH, { method: "PUT" })).toMatchObject(
      NOTHING,
    );
    expect(await ask(PATH, { headers: HANDSHAKE })).toMatchObject(NOTHING);
    expect([obeyed, reached]).toEqual([[], []]);
  });
});
