import { and, asc, desc, eq, isNull, lt, or, sql } from "drizzle-orm";
import type { AccountId, UserId } from "../domain/ids.ts";
import type { Db } from "./db.ts";
import { devices, members, passkeys, recoveryCodes, users } from "./schema.ts";

export type User = {
  id: UserId;
  email: string;
  passwordHash: string;
  /** The account a login begins in. */
  accountId: AccountId;
  totpSecret: string | null;
  totpStep: number | null;
  passkeys: number;
};

/** A user with the account they were in last, or else their oldest one. */
async function findOne(db: Db, where: ReturnType<typeof eq>): Promise<User | null> {
  const [row] = await db
    .select({
      id: users.id,
      email: users.email,
      passwordHash: users.passwordHash,
      accountId: members.accountId,
      totpSecret: users.totpSecret,
      totpStep: users.totpStep,
      passkeys: sql<number>`(SELECT count(*) FROM ${passkeys} WHERE ${passkeys.userId} = ${users.id})`,
    })
    .from(users)
    .innerJoin(members, eq(members.userId, users.id))
    .where(where)
    .orderBy(desc(sql`${members.accountId} = ${users.accountId}`), asc(members.createdAt))
    .limit(1);
  return row === undefined ? null : { ...row, id: row.id as UserId, accountId: row.accountId as AccountId };
}

export const findUserByEmail = (db: Db, email: string) => findOne(db, eq(users.email, email));
export const findUser = (db: Db, id: UserId) => findOne(db, eq(users.id, id));

export const setPassword = (db: Db, id: UserId, passwordHash: string) =>
  db.update(users).set({ passwordHash }).where(eq(users.id, id));

/** Where their next login begins. */
export const setHomeAccount = (db: Db, id: UserId, accountId: AccountId) =>
  db.update(users).set({ accountId }).where(eq(users.id, id));

/** `null` takes the factor away. */
export const setTotp = (db: Db, id: UserId, totp: { secret: string; step: number } | null) =>
  db
    .update(users)
    .set({ totpSecret: totp?.secret ?? null, totpStep: totp?.step ?? null })
    .where(eq(users.id, id));

/** Uses a time step up; answers false when it, or a later one, was used before. */
export async function takeTotpStep(db: Db, id: UserId, step: number): Promise<boolean> {
  const result = await db
    .update(users)
    .set({ totpStep: step })
    .where(and(eq(users.id, id), or(isNull(users.totpStep), lt(users.totpStep, step))));
  return result.meta.changes > 0;
}

export const deleteRecoveryCodes = (db: Db, id: UserId) =>
  db.delete(recoveryCodes).where(eq(recoveryCodes.userId, id));

export const insertRecoveryCodes = (db: Db, id: UserId, hashes: readonly string[]) =>
  db.insert(recoveryCodes).values(hashes.map((codeHash) => ({ userId: id, codeHash, usedAt: null })));

/** Uses a code up; answers false when there is no such code, or it was used before. */
export async function takeRecoveryCode(db: Db, id: UserId, codeHash: string, now: number): Promise<boolean> {
  const result = await db
    .update(recoveryCodes)
    .set({ usedAt: now })
    .where(
      and(eq(recoveryCodes.userId, id), eq(recoveryCodes.codeHash, codeHash), isNull(recoveryCodes.usedAt)),
    );
  return result.meta.changes > 0;
}

export async function countRecoveryCodes(db: Db, id: UserId): Promise<number> {
  const [row] = await db
    .select({ count: sql<number>`count(*)` })
    .from(recoveryCodes)
    .where(and(eq(recoveryCodes.userId, id), isNull(recoveryCodes.usedAt)));
  return row?.count ?? 0;
}

export type Device = {
  tokenHash: string;
  userId: UserId;
  createdAt: number;
  seenAt: number;
  expiresAt: number;
};

/** Whether this browser's cookie is one its user has logged in with. */
export async function isDeviceOf(db: Db, tokenHash: string, userId: UserId, now: number): Promise<boolean> {
  const [row] = await db
    .select({ one: sql<number>`1` })
    .from(devices)
    .where(
      and(eq(devices.tokenHash, tokenHash), eq(devices.userId, userId), sql`${devices.expiresAt} > ${now}`),
    );
  return row !== undefined;
}

export const upsertDevice = (db: Db, device: Device) =>
  db
    .insert(devices)
    .values(device)
    .onConflictDoUpdate({
      target: devices.tokenHash,
      set: { seenAt: device.seenAt, expiresAt: device.expiresAt },
      setWhere: eq(devices.userId, device.userId),
    });

/** SQL for a statement of the batch that lets the device in: whether they had one before. */
export const hasDevices = (userId: UserId) =>
  sql`EXISTS (SELECT 1 FROM ${devices} WHERE ${devices.userId} = ${userId})`;

/** Every browser is a stranger's again. */
export const forgetDevices = (db: Db, userId: UserId) => db.delete(devices).where(eq(devices.userId, userId));

/** Housekeeping. */
export const deleteExpiredDevices = (db: Db, now: number) =>
  db.delete(devices).where(lt(devices.expiresAt, now));
