import { generateKeyPairSync } from "node:crypto";
import { stripeVars } from "../../local/shop.ts";
import { vendorVars } from "../../local/vendors/server.ts";

const NOWHERE = "http://127.0.0.1:9";
export const WEBHOOK_SECRET = "whsec_tests00000000";

const { kty, crv, x, d } = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
const DOOR_KEY = { kty, crv, x, d, kid: "tests" };

/** What a Worker of a test goes by, as `worker/env.ts` describes it: servers of the test's own, and keys nobody else has. */
export const testVars = (servers: {
  fly: { url: string; appsUrl: string; token: string; org: string };
  mailUrl: string;
  vendorsUrl?: string;
  /** Where nobody pays there is none. */
  stripeUrl?: string;
}) => ({
  ENVIRONMENT: "local",
  APP_ORIGIN: "http://localhost:1",
  APPS_DOMAIN: "localhost:1",
  FLY_API_BASE: servers.fly.url,
  FLY_API_TOKEN: servers.fly.token,
  FLY_ORG: servers.fly.org,
  FLY_LOGS_BASE: servers.fly.url,
  FLY_APPS_BASE: servers.fly.appsUrl,
  IMAGE_BASE: "launchpad",
  CONTROL_PLANE_ID: "tst",
  KEK_ACTIVE: "one",
  KEK_one: Buffer.alloc(32, 1).toString("base64"),
  DOOR_SIGNING_KEYS: JSON.stringify([DOOR_KEY]),
  ...vendorVars(servers.vendorsUrl ?? NOWHERE),
  ...stripeVars(servers.stripeUrl ?? NOWHERE, WEBHOOK_SECRET),
  MAIL_API_BASE: servers.mailUrl,
  MAIL_API_KEY: "test",
  MAIL_FROM: "Launchpad <hello@launchpad.test>",
});
