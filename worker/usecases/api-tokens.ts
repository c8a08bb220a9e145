import type { Permission } from "../domain/access.ts";
import { permissionsOf, SCOPES } from "../domain/access.ts";
import { idSuffix, newId } from "../domain/ids.ts";
import type { TokenId } from "../domain/ids.ts";
import { newApiToken } from "../platform/api-token.ts";
import { DAY_MS } from "../platform/clock.ts";
import { sha256Hex } from "../platform/random.ts";
import type { Result } from "../platform/result.ts";
import { fail, ok } from "../platform/result.ts";
import type { ApiToken } from "../store/tokens.repo.ts";
import { insertToken, listTokens, revokeToken } from "../store/tokens.repo.ts";
import { audited, whoIs } from "./audit.ts";
import type { Actor, Deps } from "./deps.ts";

export type { ApiToken };

/** Tokens for programs: scoped, ending, shown once. */
const TOKENS_MAX = 50;

export const readTokens = (deps: Deps, actor: Actor): Promise<readonly ApiToken[]> =>
  listTokens(deps.db, actor.accountId, deps.clock.now());

/** Nobody gives more than they have. Errors: `access.denied`, `quota.exceeded`. */
export async function createToken(
  deps: Deps,
  actor: Actor,
  input: { name: string; scopes: readonly Permission[]; days: number },
): Promise<Result<{ token: string; row: ApiToken }>> {
  const own = permissionsOf(actor);
  const beyond = input.scopes.find((scope) => !SCOPES.includes(scope) || !own.includes(scope));
  if (beyond !== undefined) return fail("access.denied", `You can't give a token the scope ${beyond}.`);
  if ((await readTokens(deps, actor)).length >= TOKENS_MAX)
    return fail("quota.exceeded", `At most ${TOKENS_MAX} tokens. Revoke one first.`);
  const now = deps.clock.now();
  const id = newId("token", now, deps.random);
  const { token, secret } = newApiToken(idSuffix(id), deps.random);
  const row: ApiToken = {
    id,
    accountId: actor.accountId,
    userId: actor.userId,
    name: input.name,
    scopes: input.scopes,
    createdAt: now,
    expiresAt: now + input.days * DAY_MS,
    usedAt: null,
  };
  await deps.db.batch([
    insertToken(deps.db, { ...row, secretHash: await sha256Hex(secret) }),
    audited(deps, whoIs(actor), {
      action: "token.created",
      target: id,
      content: { name: input.name, scopes: [...input.scopes], expiresAt: row.expiresAt },
    }),
  ]);
  return ok({ token, row });
}

/** Errors: `token.not_found`. */
export async function dropToken(deps: Deps, actor: Actor, id: TokenId): Promise<Result<null>> {
  const tokens = await readTokens(deps, actor);
  if (!tokens.some((token) => token.id === id)) return fail("token.not_found", "There is no such token.");
  await deps.db.batch([
    revokeToken(deps.db, actor.accountId, id, deps.clock.now()),
    audited(deps, whoIs(actor), { action: "token.revoked", target: id }),
  ]);
  return ok(null);
}
