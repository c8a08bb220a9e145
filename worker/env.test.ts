import { describe, expect, it } from "vitest";
import type { Env } from "./env.ts";
import { deploymentOrigin, parseConfig } from "./env.ts";

/** Shaped like a key; nothing is signed here. */
const doorKey = (kid: string) => ({
  kty: "OKP",
  crv: "Ed25519",
  x: "x".repeat(43),
  d: "a-signing-key-nobody-may-read".padEnd(43, "0"),
  kid,
});

const LOCAL = {
  ENVIRONMENT: "local",
  APP_ORIGIN: "http://localhost:8787",
  APPS_DOMAIN: "localhost:8787",
  FLY_API_BASE: "http://127.0.0.1:4280",
  FLY_API_TOKEN: "a-token-nobody-may-read",
  FLY_ORG: "personal",
  FLY_LOGS_BASE: "http://127.0.0.1:4280",
  FLY_APPS_BASE: "http://127.0.0.1:4281",
  IMAGE_BASE: "launchpad",
  CONTROL_PLANE_ID: "lcl",
  KEK_ACTIVE: "one",
  KEK_one: Buffer.alloc(32, 1).toString("base64"),
  DOOR_SIGNING_KEYS: JSON.stringify([doorKey("one")]),
  MAIL_API_BASE: "http://127.0.0.1:4282",
  MAIL_API_KEY: "another-secret",
  MAIL_FROM: "Launchpad <hello@launchpad.example>",
  STRIPE_SECRET_KEY: "sk_test_a_key_nobody_may_read",
  STRIPE_API_BASE: "http://127.0.0.1:4283",
  STRIPE_WEBHOOK_SECRETS: "whsec_current0000,whsec_former00000",
  PRICES:
    '{"shared":{"id":"price_shared","former":["price_old"]},"dedicated":{"id":"price_dedicated","cents":9900},"extraDisk":{"id":"price_disk","meter":"mtr_disk","event":"extra_disk_gb_seconds"}}',
};

const PRODUCTION = {
  ...LOCAL,
  ENVIRONMENT: "production",
  APP_ORIGIN: "https://app.launchpad.example",
  APPS_DOMAIN: "launchpad-apps.example",
  FLY_API_BASE: "https://api.machines.dev",
  FLY_LOGS_BASE: "https://api.fly.io",
  FLY_APPS_BASE: "https://{app}.fly.dev",
  MAIL_API_BASE: "https://api.resend.com",
  STRIPE_API_BASE: "https://api.stripe.com",
  STRIPE_SECRET_KEY: "sk_live_a_key_nobody_may_read",
};

const parse = (variables: object) => parseConfig(variables as Env); // Bindings play no part here.
const problemsOf = (variables: object): string => {
  try {
    parse(variables);
    return "";
  } catch (error) {
    return String(error);
  }
};

const KMS = {
  KMS_KEY_ID: "arn:aws:kms:eu-central-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab",
  KMS_REGION: "eu-central-1",
  KMS_ACCESS_KEY_ID: "AKIDEXAMPLE",
  KMS_SECRET_ACCESS_KEY: "a-secret-key-nobody-may-read",
};

describe("the environment", () => {
  it("on a laptop may name any cloud", () => {
    expect(parse(LOCAL).FLY_API_BASE).toBe("http://127.0.0.1:4280");
  });

  it.each(["staging", "production"])(
    "refuses %s until egress is confined and the image gate exists",
    (ENVIRONMENT) => {
      expect(problemsOf({ ...PRODUCTION, ENVIRONMENT })).toContain(
        "refused until egress is confined and the image gate exists",
      );
    },
  );

  it("in the open would have only that one problem when all else is right", () => {
    expect(problemsOf(PRODUCTION).split(";")).toHaveLength(1);
  });

  it.each([
    ["CLOCK", { CLOCK: { fetch: () => undefined } }],
    ["FLY_API_BASE", { FLY_API_BASE: "https://elsewhere.example" }],
    ["FLY_APPS_BASE", { FLY_APPS_BASE: "https://elsewhere.example" }],
    ["MAIL_API_BASE", { MAIL_API_BASE: "https://elsewhere.example" }],
    ["APP_ORIGIN", { APP_ORIGIN: "http://app.launchpad.example" }],
    ["APPS_DOMAIN", { APPS_DOMAIN: "apps.launchpad.example" }],
    ["APPS_DOMAIN", { APPS_DOMAIN: "launchpad.example" }],
    ["APPS_DOMAIN", { APPS_DOMAIN: "eu.launchpad-apps.example" }],
  ])("[3.5.4] in the open refuses a wrong %s", (name, wrong) => {
    expect(problemsOf({ ...PRODUCTION, ...wrong })).toContain(`${name}: `);
  });

  const [key, other] = [doorKey("one"), doorKey("two")];
  it.each([
    ["missing", undefined],
    ["no JSON", "key"],
    ["none", "[]"],
    ["one outside a list", JSON.stringify(key)],
    ["public alone", JSON.stringify([{ ...key, d: undefined }])],
    ["of another curve", JSON.stringify([{ ...key, crv: "X25519" }])],
    ["without a kid", JSON.stringify([{ ...key, kid: undefined }])],
    ["two of one kid", JSON.stringify([key, key])],
    ["too many", JSON.stringify(["a", "b", "c", "d", "e"].map(doorKey))],
  ])("refuses keys of the door that are %s, without quoting them", (_, keys) => {
    const problems = problemsOf({ ...LOCAL, DOOR_SIGNING_KEYS: keys });
    expect(problems).toContain("DOOR_SIGNING_KEYS: ");
    expect(problems).not.toContain("a-signing-key-nobody-may-read");
  });

  it("takes the first of the door's keys to sign with, and others that are believed", () => {
    const { DOOR_SIGNING_KEYS } = parse({ ...LOCAL, DOOR_SIGNING_KEYS: JSON.stringify([key, other]) });
    expect(DOOR_SIGNING_KEYS.map(({ kid }) => kid)).toEqual(["one", "two"]);
  });

  it("names every variable that is wrong and tells no value", () => {
    const problems = problemsOf({
      ...LOCAL,
      FLY_ORG: "",
      APP_ORIGIN: "http://localhost:8787/",
      CONTROL_PLANE_ID: "x",
    });
    for (const name of ["FLY_ORG", "APP_ORIGIN", "CONTROL_PLANE_ID"]) expect(problems).toContain(name);
    expect(problems).not.toContain(LOCAL.FLY_API_TOKEN);
    expect(problems).not.toContain(LOCAL.MAIL_API_KEY);
  });

  it("in production takes a live key of Stripe's alone", () => {
    expect(problemsOf(PRODUCTION)).not.toContain("STRIPE_SECRET_KEY");
    expect(problemsOf({ ...PRODUCTION, STRIPE_SECRET_KEY: LOCAL.STRIPE_SECRET_KEY })).toContain(
      "STRIPE_SECRET_KEY: production takes money",
    );
  });

  it("knows a plan by all prices it ever had", () => {
    const { PRICES } = parse(LOCAL);
    expect(PRICES.plans).toEqual({
      price_shared: "shared",
      price_old: "shared",
      price_dedicated: "dedicated",
    });
    expect(PRICES.cents).toEqual({ trial: 0, shared: 2500, dedicated: 9900 });
    expect(problemsOf({ ...LOCAL, PRICES: "{}" })).toContain("PRICES: must be JSON");
  });

  describe("with keys in KMS", () => {
    it("asks AWS in its region", () => {
      expect(parse({ ...LOCAL, ...KMS }).KMS?.baseUrl).toBe("https://kms.eu-central-1.amazonaws.com");
      expect(parse(LOCAL).KMS).toBeNull();
    });

    it.each(Object.keys(KMS))("wants all of it: refuses to be without %s", (name) => {
      const problems = problemsOf({ ...LOCAL, ...KMS, [name]: undefined });
      expect(problems).toContain("KMS_KEY_ID, KMS_REGION");
      expect(problems).not.toContain(KMS.KMS_SECRET_ACCESS_KEY);
    });

    it.each(["alias/launchpad", "1234abcd-12ab-34cd-56ef-1234567890ab", "local"])(
      "refuses a key that isn't named by its ARN: %s",
      (KMS_KEY_ID) => {
        expect(problemsOf({ ...LOCAL, ...KMS, KMS_KEY_ID })).toContain("must be the ARN of a key");
      },
    );

    it("in the open refuses any other address than AWS's", () => {
      expect(problemsOf({ ...PRODUCTION, ...KMS, KMS_BASE: "https://elsewhere.example" })).toContain(
        "KMS_BASE: must be https://kms.eu-central-1.amazonaws.com",
      );
    });
  });

  it("gives each deployment its own host, on the dashboard's scheme", () => {
    expect(deploymentOrigin(parse(LOCAL), "mine-abc")).toBe("http://mine-abc.localhost:8787");
  });

  it("needs a key that wraps: one of its own, or KMS", () => {
    const { KEK_ACTIVE: _, KEK_one: __, ...without } = LOCAL;
    expect(problemsOf(without)).toContain("KEK_ACTIVE: is missing");
    expect(problemsOf({ ...LOCAL, KEK_ACTIVE: "two" })).toContain("KEK_two: is missing");
    expect(problemsOf({ ...without, ...KMS })).toBe("");
  });
});
