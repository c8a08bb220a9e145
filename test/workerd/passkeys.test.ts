import { describe, expect, it } from "vitest";
import { loginPasskey, me, passkeyChallenge, stepUp } from "../../worker/contract/auth.ts";
import { apiClient } from "../../worker/contract/client.ts";
import { addPasskey, listPasskeys, offerPasskey, removePasskey } from "../../worker/contract/security.ts";
import type { Person } from "./support.ts";
import { advanceClock, APP, codeOf, goOn, logInAs, newPerson, worker } from "./support.ts";
import { Authenticator } from "./authenticator.ts";

const anonymous = apiClient({ baseUrl: APP, fetch: worker });

/** Somebody with a passkey on an authenticator of theirs. */
async function withPasskey(person: Person, name = "Laptop"): Promise<Authenticator> {
  const authenticator = await Authenticator.create(APP);
  const options = await person.client.call(offerPasskey, {});
  await person.client.call(addPasskey, {
    json: { name, answer: await authenticator.register(challengeOf(options)) },
  });
  return authenticator;
}

const challengeOf = (options: Record<string, unknown>): string => String(options["challenge"]);
const newChallenge = async (): Promise<string> => challengeOf(await anonymous.call(passkeyChallenge, {}));

describe("a passkey", () => {
  it("is a whole login: something one has behind something one is or knows", async () => {
    const person = await newPerson();
    const authenticator = await withPasskey(person);
    const session = await anonymous.call(loginPasskey, {
      json: { answer: await authenticator.answer(await newChallenge()) },
    });
    const { user } = await goOn(person, session).client.call(me, {});
    expect(user).toMatchObject({ email: person.email, factors: ["passkey", "recovery_code"] });
  });

  it("is asked for after a password, too, and is a proof for what matters", async () => {
    const person = await newPerson();
    const authenticator = await withPasskey(person);
    await expect(logInAs(person.email)).rejects.toThrow("gets a token");
    const next = await person.client.call(stepUp, {
      json: { kind: "passkey", answer: await authenticator.answer(await newChallenge()) },
    });
    await expect(goOn(person, next).client.call(me, {})).resolves.toBeDefined();
  });

  it("answers each challenge once", async () => {
    const authenticator = await withPasskey(await newPerson());
    const answer = await authenticator.answer(await newChallenge());
    await anonymous.call(loginPasskey, { json: { answer } });
    expect(await codeOf(anonymous.call(loginPasskey, { json: { answer } }))).toBe("auth.invalid_credentials");
  });

  it("answers no challenge that isn't ours, or is older than five minutes", async () => {
    const authenticator = await withPasskey(await newPerson());
    const made = await authenticator.answer("bm90IG91cnMtbm90IG91cnMtbm90IG91cnMtbm90IG8");
    expect(await codeOf(anonymous.call(loginPasskey, { json: { answer: made } }))).toBe(
      "auth.invalid_credentials",
    );
    const challenge = await newChallenge();
    await advanceClock(5 * 60_000);
    const late = await authenticator.answer(challenge);
    expect(await codeOf(anonymous.call(loginPasskey, { json: { answer: late } }))).toBe(
      "auth.invalid_credentials",
    );
  });

  it.each([
    ["another page", { origin: "https://evil.example" }],
    ["another relying party", { rpId: "evil.example" }],
    ["nobody who was verified", { isVerified: false }],
    ["a counter that went back", { counter: 0 }],
    ["another key", { isForged: true }],
  ])("is refused from %s", async (_, trick) => {
    const authenticator = await withPasskey(await newPerson());
    await anonymous.call(loginPasskey, {
      json: { answer: await authenticator.answer(await newChallenge()) },
    });
    const answer = await authenticator.answer(await newChallenge(), trick);
    expect(await codeOf(anonymous.call(loginPasskey, { json: { answer } }))).toBe("auth.invalid_credentials");
  });

  it("that is registered needs a challenge made for this very user", async () => {
    const [one, other] = [await newPerson(), await newPerson()];
    const authenticator = await Authenticator.create(APP);
    const theirs = await authenticator.register(challengeOf(await other.client.call(offerPasskey, {})));
    expect(await codeOf(one.client.call(addPasskey, { json: { name: "Stolen", answer: theirs } }))).toBe(
      "auth.code_invalid",
    );
  });

  it("is listed by name and lets nobody in once it is removed, by its owner alone", async () => {
    const person = await newPerson();
    const stranger = await newPerson();
    const authenticator = await withPasskey(person, "Phone");
    const { items } = await person.client.call(listPasskeys, {});
    expect(items).toMatchObject([{ name: "Phone" }]);
    const id = items[0]?.id ?? "";
    expect(await codeOf(stranger.client.call(removePasskey, { params: { id } }))).toBe("factor.not_found");
    await person.client.call(removePasskey, { params: { id } });
    const answer = await authenticator.answer(await newChallenge());
    expect(await codeOf(anonymous.call(loginPasskey, { json: { answer } }))).toBe("auth.invalid_credentials");
    await expect(logInAs(person.email)).resolves.toBeDefined();
  });
});
