import { and, desc, eq, gt, isNull } from "drizzle-orm";
import type { AccountStatus, Permission, Role } from "../domain/access.ts";
import type { Entitlement } from "../domain/entitlement/state.ts";
import type { AccountId, TokenId, UserId } from "../domain/ids.ts";
import type { Db } from "./db.ts";
import { accounts, apiTokens, members, subscriptions } from "./schema.ts";

export type ApiToken = {
  id: TokenId;
  accountId: AccountId;
  userId: UserId;
  name: string;
  scopes: readonly Permission[];
  createdAt: number;
  expiresAt: number;
  usedAt: number | null;
};

export type LiveToken = ApiToken & {
  secretHash: string;
  role: Role;
  accountStatus: AccountStatus;
  entitlement: Entitlement | null;
};

export const insertToken = (db: Db, token: ApiToken & { secretHash: string }) =>
  db.insert(apiTokens).values({ ...token, revokedAt: null });

/** A token that is neither revoked nor expired, with what its maker may do now; gone with their membership. */
export async function findToken(db: Db, id: TokenId, now: number): Promise<LiveToken | null> {
  const [row] = await db
    .select({
      token: apiTokens,
      role: members.role,
      accountStatus: accounts.status,
      entitlement: subscriptions.entitlement,
    })
    .from(apiTokens)
    .innerJoin(members, and(eq(members.userId, apiTokens.userId), eq(members.accountId, apiTokens.accountId)))
    .innerJoin(accounts, and(eq(accounts.id, apiTokens.accountId), isNull(accounts.destroyedAt)))
    .leftJoin(subscriptions, eq(subscriptions.accountId, apiTokens.accountId))
    .where(and(eq(apiTokens.id, id), isNull(apiTokens.revokedAt), gt(apiTokens.expiresAt, now)));
  return row === undefined
    ? null
    : {
        ...asToken(row.token),
        secretHash: row.token.secretHash,
        role: row.role,
        accountStatus: row.accountStatus,
        entitlement: row.entitlement,
      };
}

/** Those that still open something, newest first. */
export async function listTokens(db: Db, accountId: AccountId, now: number): Promise<readonly ApiToken[]> {
  const rows = await db
    .select()
    .from(apiTokens)
    .where(and(eq(apiTokens.accountId, accountId), isNull(apiTokens.revokedAt), gt(apiTokens.expiresAt, now)))
    .orderBy(desc(apiTokens.id));
  return rows.map(asToken);
}

export const touchToken = (db: Db, id: TokenId, now: number) =>
  db.update(apiTokens).set({ usedAt: now }).where(eq(apiTokens.id, id));

/** Of this account; `changes` says whether there was one. */
export const revokeToken = (db: Db, accountId: AccountId, id: TokenId, now: number) =>
  db
    .update(apiTokens)
    .set({ revokedAt: now })
    .where(and(eq(apiTokens.id, id), eq(apiTokens.accountId, accountId), isNull(apiTokens.revokedAt)));

const asToken = (row: typeof apiTokens.$inferSelect): ApiToken => ({
  id: row.id as TokenId,
  accountId: row.accountId as AccountId,
  userId: row.userId as UserId,
  name: row.name,
  scopes: row.scopes,
  createdAt: row.createdAt,
  expiresAt: row.expiresAt,
  usedAt: row.usedAt,
});
