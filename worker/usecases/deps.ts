import type { Mailer } from "../clients/mail/mailer.ts";
import type { AccountId, SessionId, UserId } from "../domain/ids.ts";
import type { Config, Env } from "../env.ts";
import type { Clock } from "../platform/clock.ts";
import type { Logger } from "../platform/logger.ts";
import type { Random } from "../platform/random.ts";
import type { Db } from "../store/db.ts";

/** What a use-case works with; made once a request. */
export type Deps = {
  config: Config;
  db: Db;
  deployments: Env["DEPLOYMENT"];
  rateLimiters: Env["RATE_LIMITER"];
  fleetWatcher: Env["FLEET_WATCHER"];
  mailer: Mailer;
  clock: Clock;
  random: Random;
  logger: Logger;
  /** Work that may end after the answer; never anything that matters. */
  later(work: Promise<unknown>): void;
};

/** Who is asking, once authenticated. */
export type Actor = {
  sessionId: SessionId;
  userId: UserId;
  accountId: AccountId;
};
