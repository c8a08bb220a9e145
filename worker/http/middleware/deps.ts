import { agentClient } from "../../clients/agent.ts";
import { breachesApi } from "../../clients/breaches.ts";
import { keyChecks } from "../../clients/key-checks.ts";
import { cloudflareMailer } from "../../clients/mail/cloudflare.ts";
import type { Mailer } from "../../clients/mail/mailer.ts";
import { resendMailer } from "../../clients/mail/resend.ts";
import { stripeClient } from "../../clients/stripe/stripe.ts";
import type { Config, Env } from "../../env.ts";
import { openClock, systemClock } from "../../platform/clock.ts";
import { consoleLogger, describeError } from "../../platform/logger.ts";
import { systemRandom } from "../../platform/random.ts";
import { openDb } from "../../store/db.ts";
import type { Deps } from "../../usecases/deps.ts";
import { keysOf } from "../../vault/keys.ts";
import { openVault } from "../../vault/vault.ts";

export type RequestOrigin = Deps["request"];

/** What cron works for: nobody's request. */
export const NO_REQUEST: RequestOrigin = { id: null, address: null, userAgent: null };

/** Workers' `fetch` must not be called as a method of something else. */
const platformFetch: typeof fetch = (input, init) => fetch(input, init);

/** Builds what use-cases work with. The only place where the Worker's ports meet the platform. */
export async function buildDeps(
  env: Env,
  config: Config,
  request: RequestOrigin,
  waitUntil: (work: Promise<unknown>) => void,
): Promise<Deps> {
  const logger = consoleLogger;
  const clock = await openClock(env.CLOCK);
  const db = openDb(env.DB);
  return {
    config,
    db,
    deployments: env.DEPLOYMENT,
    rateLimiters: env.RATE_LIMITER,
    fleetWatcher: env.FLEET_WATCHER,
    auditSealers: env.AUDIT_SEALER,
    billing: env.BILLING_ACCOUNT,
    archive: env.ARCHIVE,
    apiLimit: env.API_LIMIT,
    vault: openVault({ db, keys: keysOf(config, platformFetch), clock, random: systemRandom }),
    mailer: mailerOf(env, config),
    breaches: breachesApi({ fetch: platformFetch, baseUrl: config.BREACHES_BASE }),
    keyChecks: keyChecks({
      fetch: platformFetch,
      bases: {
        anthropic: config.ANTHROPIC_BASE,
        openai: config.OPENAI_BASE,
        openrouter: config.OPENROUTER_BASE,
        telegram: config.TELEGRAM_BASE,
      },
    }),
    stripe: stripeClient({
      fetch: platformFetch,
      baseUrl: config.STRIPE_API_BASE,
      secretKey: config.STRIPE_SECRET_KEY,
    }),
    agents: agentClient({
      fetch: platformFetch,
      appsBase: config.FLY_APPS_BASE,
      keys: config.DOOR_SIGNING_KEYS,
      now: systemClock.now,
      random: systemRandom,
    }),
    clock,
    random: systemRandom,
    logger,
    request,
    touchedChains: new Set(),
    later: (work) =>
      waitUntil(
        work.catch((error: unknown) => logger.error("later.failed", { error: describeError(error) })),
      ),
  };
}

function mailerOf(env: Env, config: Config): Mailer {
  return config.MAIL_VIA === "cloudflare" && env.EMAIL !== undefined
    ? cloudflareMailer({ binding: env.EMAIL, from: config.MAIL_FROM })
    : resendMailer({
        fetch: platformFetch,
        baseUrl: config.MAIL_API_BASE,
        apiKey: config.MAIL_API_KEY,
        from: config.MAIL_FROM,
      });
}
