import { getDomain } from "tldts";
import { z } from "zod";
import { CONTROL_PLANE_ID } from "./domain/deployment/names.ts";
import { doorKeysSchema } from "./domain/door-keys.ts";
import { REAPER_POLICIES } from "./domain/fleet/strays.ts";
import type { JsonObject } from "./domain/json.ts";
import type { PlanId } from "./domain/plans.ts";
import { PAID_PLAN_IDS, PLAN_IDS, priceCents } from "./domain/plans.ts";
import { RUNTIME_IDS } from "./domain/runtimes/descriptor.ts";
import type { ClockBinding } from "./platform/clock.ts";
import { kekFrom } from "./vault/local-keys.ts";
import type { AuditSealer } from "../durable-objects/audit-sealer/audit-sealer.ts";
import type { BillingAccount } from "../durable-objects/billing-account/billing-account.ts";
import type { Deployment } from "../durable-objects/deployment/deployment.ts";
import type { FleetWatcher } from "../durable-objects/fleet-watcher/fleet-watcher.ts";
import type { RateLimiter } from "../durable-objects/rate-limiter/rate-limiter.ts";

/** What the platform hands to the Worker and its objects: bindings as they are, variables and secrets as text. */
export type Env = {
  DB: D1Database;
  DEPLOYMENT: DurableObjectNamespace<Deployment>;
  RATE_LIMITER: DurableObjectNamespace<RateLimiter>;
  FLEET_WATCHER: DurableObjectNamespace<FleetWatcher>;
  AUDIT_SEALER: DurableObjectNamespace<AuditSealer>;
  BILLING_ACCOUNT: DurableObjectNamespace<BillingAccount>;
  /** What is kept for good: the audit's daily anchors. */
  ARCHIVE: R2Bucket;
  /** Bounds what one caller may ask in a minute; counted by each of Cloudflare's places by itself. */
  API_LIMIT: RateLimit;
  /** Cloudflare's own way to send mail, where `MAIL_VIA` is `cloudflare`. */
  EMAIL?: SendEmail;
  /** Product time; supplied by the local cloud and tests alone. */
  CLOCK?: ClockBinding;
} & Record<keyof z.input<typeof variables>, string | undefined> &
  Readonly<Record<KekName, string | undefined>>;

/** A key-encryption key: `KEK_<id>`, 32 bytes in base64. */
type KekName = `KEK_${string}`;
const KEK_NAME = /^KEK_([A-Za-z0-9]{1,32})$/;

const origin = z
  .url()
  .refine(
    (text) => new URL(text).origin === text,
    "must be an origin: scheme and host, no path, no trailing slash",
  );
const baseUrl = z.url().refine((text) => !text.endsWith("/"), "must not end with a slash");

const defaultsSchema = z.partialRecord(
  z.enum(RUNTIME_IDS),
  z.record(z.string(), z.json()).transform((config) => config as JsonObject), // zod's JSON is ours, spelled differently.
);

const versionsSchema = z.partialRecord(z.enum(RUNTIME_IDS), z.array(z.string().regex(/^[\w.-]{1,64}$/)));

const priceSchema = z.strictObject({
  id: z.string().regex(/^price_[A-Za-z0-9_]{1,64}$/),
  cents: z.number().int().positive().optional(),
  former: z.array(z.string()).default([]),
});
/** Of a metered price: Stripe bills what the meter's events add up to. */
const extraSchema = z.strictObject({
  id: priceSchema.shape.id,
  meter: z.string().regex(/^mtr_[A-Za-z0-9_]{1,64}$/),
  event: z.string().regex(/^[a-z_]{1,100}$/),
});
const pricesSchema = z.strictObject({ shared: priceSchema, dedicated: priceSchema, extraDisk: extraSchema });

/** By plan, and for what Stripe says by price. */
const priceBook = (prices: z.infer<typeof pricesSchema>) => ({
  extraDisk: { price: prices.extraDisk.id, meter: prices.extraDisk.meter, event: prices.extraDisk.event },
  ids: { shared: prices.shared.id, dedicated: prices.dedicated.id },
  cents: Object.fromEntries(PLAN_IDS.map((plan) => [plan, priceCents(plan, centsOf(prices))])) as Record<
    PlanId,
    number
  >, // All of them.
  plans: Object.fromEntries(
    PAID_PLAN_IDS.flatMap((plan) =>
      [prices[plan].id, ...prices[plan].former].map((id) => [id, plan] as const),
    ),
  ),
});

const centsOf = (prices: z.infer<typeof pricesSchema>): Partial<Record<PlanId, number>> => ({
  ...(prices.shared.cents === undefined ? {} : { shared: prices.shared.cents }),
  ...(prices.dedicated.cents === undefined ? {} : { dedicated: prices.dedicated.cents }),
});

function parseJson<T>(text: string, schema: z.ZodType<T>): T | null {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

const VENDORS = {
  breaches: "https://api.pwnedpasswords.com",
  anthropic: "https://api.anthropic.com",
  openai: "https://api.openai.com",
  openrouter: "https://openrouter.ai",
  telegram: "https://api.telegram.org",
  stripe: "https://api.stripe.com",
} as const;

const variables = z.object({
  /** `local` (on a laptop) and `test`; the others open when egress is confined and the image gate exists. */
  ENVIRONMENT: z.enum(["local", "test", "staging", "production"]),
  /** Where the dashboard lives, e.g. `https://app.example`. */
  APP_ORIGIN: origin,
  /** Deployments live at `<slug>.<APPS_DOMAIN>`; locally `localhost:PORT`. */
  APPS_DOMAIN: z.string().regex(/^[a-z0-9.-]+(:\d+)?$/),
  FLY_API_BASE: baseUrl,
  FLY_API_TOKEN: z.string().min(1),
  FLY_ORG: z.string().min(1),
  /** Fly's log API is on another host than its machines API. */
  FLY_LOGS_BASE: baseUrl,
  /** Where a machine's services answer: `https://{app}.fly.dev`. */
  FLY_APPS_BASE: z.string().regex(/^https?:\/\/[^/]+$/, "must be an origin; {app} stands for the app's name"),
  /** Prefix of every image, e.g. `registry.fly.io/launchpad`. */
  IMAGE_BASE: z.string().min(1),
  /**
   * What the house puts beneath every customer's configuration, by runtime, as JSON: e.g. a default model. Optional.
   */
  RUNTIME_DEFAULTS: z
    .string()
    .default("{}")
    .transform((text, context) => {
      const defaults = parseJson(text, defaultsSchema);
      if (defaults !== null) return defaults;
      context.addIssue("must be JSON: an object of configurations by runtime");
      return z.NEVER;
    }),
  /** Versions offered beside the runtimes' own, by runtime, as JSON: images made for a test. Local alone. */
  EXTRA_VERSIONS: z
    .string()
    .default("{}")
    .transform((text, context) => {
      const versions = parseJson(text, versionsSchema);
      if (versions !== null) return versions;
      context.addIssue("must be JSON: lists of versions by runtime");
      return z.NEVER;
    }),
  /** Three characters that say which control plane a Fly resource belongs to. */
  CONTROL_PLANE_ID: z.string().regex(CONTROL_PLANE_ID),
  /** What the door signs with, as JSON: Ed25519 private JWKs with `kid`; the first signs, machines believe all. */
  DOOR_SIGNING_KEYS: z.string().transform((text, context) => {
    const keys = parseJson(text, doorKeysSchema);
    if (keys !== null) return keys;
    context.addIssue("must be JSON: one to four Ed25519 private keys as JWKs, each with a kid of its own");
    return z.NEVER;
  }),
  /** What is done with resources at Fly that nobody owns: told, stopped, or removed after their grace. */
  REAPER_POLICY: z.enum(REAPER_POLICIES).default("report"),
  /** Enrols operators, and does nothing else; unset, no operator can be added but by another one. */
  OPERATOR_TOKEN: z.string().min(32).optional(),
  /** The id of the key-encryption key that wraps new data keys; `KEK_<id>` holds it, others go on unwrapping. */
  KEK_ACTIVE: z
    .string()
    .regex(/^[A-Za-z0-9]{1,32}$/)
    .optional(),
  /**
   * With these, AWS KMS wraps instead. The key by its ARN: an alias may point elsewhere one day, and what it wrapped
   * before could not be unwrapped under its name.
   */
  KMS_KEY_ID: z
    .string()
    .regex(/^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[A-Za-z0-9-]{1,64}$/, "must be the ARN of a key")
    .optional(),
  KMS_REGION: z
    .string()
    .regex(/^[a-z0-9-]+$/)
    .optional(),
  KMS_BASE: baseUrl.optional(),
  KMS_ACCESS_KEY_ID: z.string().min(1).optional(),
  KMS_SECRET_ACCESS_KEY: z.string().min(1).optional(),
  /** Which mail service is used. */
  MAIL_VIA: z.enum(["resend", "cloudflare"]).default("resend"),
  MAIL_API_BASE: baseUrl,
  MAIL_API_KEY: z.string().min(1),
  MAIL_FROM: z.string().min(3),
  /** `sk_live_…` takes money; anything else is a test. */
  STRIPE_SECRET_KEY: z
    .string()
    .regex(/^sk_(live|test)_[A-Za-z0-9_]{8,}$/, "must be a secret key of Stripe's"),
  STRIPE_API_BASE: baseUrl.default(VENDORS.stripe),
  /** What webhooks are signed with: the present secret, and while it is being changed the one before, by a comma. */
  STRIPE_WEBHOOK_SECRETS: z
    .string()
    .regex(/^whsec_[A-Za-z0-9_]{8,}(,whsec_[A-Za-z0-9_]{8,})?$/, "must be one or two whsec_…, by a comma")
    .transform((text) => text.split(",")),
  /**
   * What is sold, as JSON. By plan: the price's id at Stripe, its cents a month, and ids it had before. `extraDisk`: the
   * metered price's id, its meter's and its event's name. `{"shared": {"id": …}, …, "extraDisk": {"id": …, "meter": …, "event": …}}`.
   */
  PRICES: z.string().transform((text, context) => {
    const prices = parseJson(text, pricesSchema);
    if (prices !== null) return priceBook(prices);
    context.addIssue(
      "must be JSON: a price of Stripe's for each paid plan, and extraDisk with id, meter and event",
    );
    return z.NEVER;
  }),
  /** Stripe Tax is set up, with its registrations. */
  STRIPE_TAX: z.enum(["on", "off"]).default("off"),
  /** How many machines all trials together may have; bounds what miners could cost. */
  TRIAL_MACHINES_MAX: z
    .string()
    .regex(/^\d{1,6}$/)
    .default("200")
    .transform(Number),
  /** Passwords known from breaches, asked by the first five digits of their hash. */
  BREACHES_BASE: baseUrl.default(VENDORS.breaches),
  /** Where a customer's key is tried before it is saved. */
  ANTHROPIC_BASE: baseUrl.default(VENDORS.anthropic),
  OPENAI_BASE: baseUrl.default(VENDORS.openai),
  OPENROUTER_BASE: baseUrl.default(VENDORS.openrouter),
  TELEGRAM_BASE: baseUrl.default(VENDORS.telegram),
});

type Kms = {
  baseUrl: string;
  region: string;
  accessKeyId: string;
  secretAccessKey: string;
  activeKeyId: string;
};

export type Config = z.infer<typeof variables> & {
  KEKS: Readonly<Record<string, Uint8Array>>;
  KMS: Kms | null;
};

/** The vendors' own addresses; anything else is a switch that could leak credentials, so only `local` may use it. */
const VENDOR_BASES: Partial<Record<keyof Config, string>> = {
  FLY_API_BASE: "https://api.machines.dev",
  FLY_LOGS_BASE: "https://api.fly.io",
  FLY_APPS_BASE: "https://{app}.fly.dev",
  MAIL_API_BASE: "https://api.resend.com",
  BREACHES_BASE: VENDORS.breaches,
  ANTHROPIC_BASE: VENDORS.anthropic,
  OPENAI_BASE: VENDORS.openai,
  OPENROUTER_BASE: VENDORS.openrouter,
  TELEGRAM_BASE: VENDORS.telegram,
  STRIPE_API_BASE: VENDORS.stripe,
};

/**
 * Parses the environment. Fails closed: a Worker with a wrong variable answers nothing but 503.
 * Throws an Error that names every wrong variable and never a value.
 */
export function parseConfig(env: Env): Config {
  const parsed = variables.safeParse(env);
  if (!parsed.success) {
    const wrong = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
    throw new Error(`The environment is not usable. ${wrong.join("; ")}`);
  }
  const keks = parseKeks(env);
  const kms = parseKms(parsed.data);
  const config = { ...parsed.data, KEKS: keks.keys, KMS: kms };
  const problems = [
    ...keks.problems,
    ...problemWithActive(config),
    ...(kms === null && KMS_NAMES.some((name) => config[name] !== undefined)
      ? [`${KMS_NAMES.join(", ")}: all of them, or none`]
      : []),
    ...(config.MAIL_VIA === "cloudflare" && env.EMAIL === undefined ? ["EMAIL: the binding is missing"] : []),
    ...(isLocal(config) ? [] : problemsInTheOpen(config, env)),
  ];
  if (problems.length > 0) throw new Error(`The environment is not usable. ${problems.join("; ")}`);
  return config;
}

function parseKeks(env: Env): { keys: Record<string, Uint8Array>; problems: string[] } {
  const keys: Record<string, Uint8Array> = {};
  const problems: string[] = [];
  for (const [name, value] of Object.entries(env)) {
    const id = KEK_NAME.exec(name)?.[1];
    if (id === undefined || name === "KEK_ACTIVE" || typeof value !== "string") continue;
    const key = kekFrom(value);
    if (key === null) problems.push(`${name}: must be 32 bytes in base64`);
    else keys[id] = key;
  }
  return { keys, problems };
}

/** Without KMS one of the Worker's own keys wraps; with it they may be gone. */
function problemWithActive({ KEK_ACTIVE, KEKS, KMS }: Config): readonly string[] {
  if (KEK_ACTIVE === undefined) return KMS === null ? ["KEK_ACTIVE: is missing"] : [];
  return Object.hasOwn(KEKS, KEK_ACTIVE) ? [] : [`KEK_${KEK_ACTIVE}: is missing`];
}

const KMS_NAMES = ["KMS_KEY_ID", "KMS_REGION", "KMS_ACCESS_KEY_ID", "KMS_SECRET_ACCESS_KEY"] as const;

function parseKms(vars: z.infer<typeof variables>): Kms | null {
  const { KMS_KEY_ID, KMS_REGION, KMS_ACCESS_KEY_ID, KMS_SECRET_ACCESS_KEY, KMS_BASE } = vars;
  if (!KMS_KEY_ID || !KMS_REGION || !KMS_ACCESS_KEY_ID || !KMS_SECRET_ACCESS_KEY) return null;
  return {
    baseUrl: KMS_BASE ?? kmsVendor(KMS_REGION),
    region: KMS_REGION,
    accessKeyId: KMS_ACCESS_KEY_ID,
    secretAccessKey: KMS_SECRET_ACCESS_KEY,
    activeKeyId: KMS_KEY_ID,
  };
}

const kmsVendor = (region: string): string => `https://kms.${region}.amazonaws.com`;

const isLocal = ({ ENVIRONMENT }: Pick<Config, "ENVIRONMENT">): boolean =>
  ENVIRONMENT === "local" || ENVIRONMENT === "test";

function problemsInTheOpen(config: Config, env: Env): readonly string[] {
  const problems = [
    // A gateway that may reach whatever it likes, from an image nobody verified, is not for customers.
    `ENVIRONMENT: ${config.ENVIRONMENT} is refused until egress is confined and the image gate exists`,
  ];
  if (Object.keys(config.EXTRA_VERSIONS).length > 0)
    problems.push("EXTRA_VERSIONS: only the local cloud may offer images nobody released");
  if (env.CLOCK !== undefined) problems.push("CLOCK: only the local cloud may move time");
  for (const [name, base] of Object.entries(VENDOR_BASES)) {
    if (config[name as keyof Config] !== base) problems.push(`${name}: must be ${base}`); // Object.entries widens keys.
  }
  if (config.KMS !== null && config.KMS.baseUrl !== kmsVendor(config.KMS.region))
    problems.push(`KMS_BASE: must be ${kmsVendor(config.KMS.region)}`);
  if (config.ENVIRONMENT === "production" && !config.STRIPE_SECRET_KEY.startsWith("sk_live_"))
    problems.push("STRIPE_SECRET_KEY: production takes money");
  if (!config.APP_ORIGIN.startsWith("https://")) problems.push("APP_ORIGIN: must be https");
  // Hosts of one registrable domain are same-site: a tenant's page could send the dashboard's cookies along.
  const apps = getDomain(config.APPS_DOMAIN);
  if (apps !== config.APPS_DOMAIN || apps === getDomain(config.APP_ORIGIN))
    problems.push("APPS_DOMAIN: must be a registrable domain other than the dashboard's");
  return problems;
}

/** `http` for a dashboard on `http`, so that links to a deployment work on a laptop. */
export const deploymentOrigin = ({ APP_ORIGIN, APPS_DOMAIN }: Config, slug: string): string =>
  `${new URL(APP_ORIGIN).protocol}//${slug}.${APPS_DOMAIN}`;
