import { resendMailer } from "../../clients/mail/resend.ts";
import type { Config, Env } from "../../env.ts";
import { openClock } from "../../platform/clock.ts";
import { consoleLogger, describeError } from "../../platform/logger.ts";
import { systemRandom } from "../../platform/random.ts";
import { openDb } from "../../store/db.ts";
import type { Deps } from "../../usecases/deps.ts";

/** Builds what use-cases work with. The only place where the Worker's ports meet the platform. */
export async function buildDeps(
  env: Env,
  config: Config,
  waitUntil: (work: Promise<unknown>) => void,
): Promise<Deps> {
  const logger = consoleLogger;
  return {
    config,
    db: openDb(env.DB),
    deployments: env.DEPLOYMENT,
    rateLimiters: env.RATE_LIMITER,
    fleetWatcher: env.FLEET_WATCHER,
    mailer: resendMailer({
      fetch: (input, init) => fetch(input, init),
      baseUrl: config.MAIL_API_BASE,
      apiKey: config.MAIL_API_KEY,
      from: config.MAIL_FROM,
    }),
    clock: await openClock(env.CLOCK),
    random: systemRandom,
    logger,
    later: (work) =>
      waitUntil(
        work.catch((error: unknown) => logger.error("later.failed", { error: describeError(error) })),
      ),
  };
}
