import { HOUR_MS, MINUTE_MS } from "../platform/clock.ts";
import { isApiToken, parseApiToken } from "../platform/api-token.ts";
import { isEqualDigest } from "../platform/equal.ts";
import { sha256Hex } from "../platform/random.ts";
import { mayRun } from "../domain/entitlement/access.ts";
import { ID_PREFIXES } from "../domain/ids.ts";
import type { TokenId } from "../domain/ids.ts";
import { findOperatorSession, findSession, touchSession } from "../store/sessions.repo.ts";
import { findToken, touchToken } from "../store/tokens.repo.ts";
import type { Actor, Deps, Operator } from "./deps.ts";

/** OWASP ASVS 5.0, 7.3.1. */
export const IDLE_MS = 12 * HOUR_MS;
const OPERATOR_IDLE_MS = 30 * MINUTE_MS;
/** The last use is written down at most this often. */
const TOUCH_EVERY_MS = 10 * MINUTE_MS;
const SESSION_TOKEN = /^[A-Za-z0-9_-]{43}$/;

/** Who holds this credential, a session's token or an API token; null when nobody does (any more). */
export async function authenticate(deps: Deps, credential: string): Promise<Actor | null> {
  return isApiToken(credential) ? byToken(deps, credential) : bySession(deps, credential);
}

async function bySession(deps: Deps, token: string): Promise<Actor | null> {
  if (!SESSION_TOKEN.test(token)) return null;
  const now = deps.clock.now();
  const session = await findSession(deps.db, await sha256Hex(token), now, now - IDLE_MS);
  if (session === null) return null;
  if (now - session.seenAt > TOUCH_EVERY_MS) await touchSession(deps.db, session.id, now);
  return {
    sessionId: session.id,
    tokenId: null,
    userId: session.userId,
    accountId: session.accountId,
    role: session.role,
    scopes: null,
    accountStatus: session.accountStatus,
    isEntitled: mayRun(session.entitlement, now),
    freshAt: session.freshAt,
    expiresAt: session.expiresAt,
  };
}

async function byToken(deps: Deps, credential: string): Promise<Actor | null> {
  const parsed = parseApiToken(credential);
  if (parsed === null) return null;
  const now = deps.clock.now();
  const id = `${ID_PREFIXES.token}_${parsed.idSuffix}` as TokenId; // What isn't one is not found.
  const token = await findToken(deps.db, id, now);
  if (token === null || !isEqualDigest(await sha256Hex(parsed.secret), token.secretHash)) return null;
  if (now - (token.usedAt ?? 0) > TOUCH_EVERY_MS) await touchToken(deps.db, id, now);
  return {
    sessionId: null,
    tokenId: id,
    userId: token.userId,
    accountId: token.accountId,
    role: token.role,
    scopes: token.scopes,
    accountStatus: token.accountStatus,
    isEntitled: mayRun(token.entitlement, now),
    freshAt: 0,
    expiresAt: token.expiresAt,
  };
}

/** The operator who holds this session token; null when nobody does. */
export async function authenticateOperator(deps: Deps, token: string): Promise<Operator | null> {
  if (!SESSION_TOKEN.test(token)) return null;
  const now = deps.clock.now();
  const session = await findOperatorSession(deps.db, await sha256Hex(token), now, now - OPERATOR_IDLE_MS);
  if (session === null) return null;
  if (now - session.seenAt > MINUTE_MS) await touchSession(deps.db, session.id, now);
  return { operatorId: session.operatorId, sessionId: session.id };
}
