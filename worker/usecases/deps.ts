import type { AgentClient } from "../clients/agent.ts";
import type { Breaches } from "../clients/breaches.ts";
import type { KeyChecks } from "../clients/key-checks.ts";
import type { Mailer } from "../clients/mail/mailer.ts";
import type { StripeClient } from "../clients/stripe/stripe.ts";
import type { Identity } from "../domain/access.ts";
import type { AccountId, OperatorId, SessionId, TokenId, UserId } from "../domain/ids.ts";
import type { Config, Env } from "../env.ts";
import type { Clock } from "../platform/clock.ts";
import type { Logger } from "../platform/logger.ts";
import type { Random } from "../platform/random.ts";
import type { Db } from "../store/db.ts";
import type { Vault } from "../vault/vault.ts";

/** What a use-case works with; made once a request. */
export type Deps = {
  config: Config;
  db: Db;
  deployments: Env["DEPLOYMENT"];
  rateLimiters: Env["RATE_LIMITER"];
  fleetWatcher: Env["FLEET_WATCHER"];
  auditSealers: Env["AUDIT_SEALER"];
  billing: Env["BILLING_ACCOUNT"];
  archive: Env["ARCHIVE"];
  apiLimit: Env["API_LIMIT"];
  vault: Vault;
  mailer: Mailer;
  breaches: Breaches;
  keyChecks: KeyChecks;
  stripe: StripeClient;
  agents: AgentClient;
  clock: Clock;
  random: Random;
  logger: Logger;
  /** Where the request came from; nothing of it is known to cron. */
  request: { id: string | null; address: string | null; userAgent: string | null };
  /** Audit chains that were written to on the way. */
  touchedChains: Set<string>;
  /** Work that may end after the answer; never anything that matters. */
  later(work: Promise<unknown>): void;
};

/** Who is asking, once authenticated: a person by their session, or a token. */
export type Actor = Identity & {
  userId: UserId;
  /** The account they act for. */
  accountId: AccountId;
  /** `null` for a token. */
  sessionId: SessionId | null;
  /** `null` for a person. */
  tokenId: TokenId | null;
  /** When the session, or the token, ends; epoch ms. */
  expiresAt: number;
};

/** One of us, signed in with a second factor. */
export type Operator = { operatorId: OperatorId; sessionId: SessionId };
