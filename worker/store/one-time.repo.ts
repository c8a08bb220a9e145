import { and, eq, gt, lt, sql } from "drizzle-orm";
import type { JsonObject } from "../domain/json.ts";
import type { Db } from "./db.ts";
import type { ONE_TIME_PURPOSES } from "./schema.ts";
import { oneTimeTokens } from "./schema.ts";

export type OneTimePurpose = (typeof ONE_TIME_PURPOSES)[number];
export type OneTime = {
  tokenHash: string;
  purpose: OneTimePurpose;
  subjectId: string | null;
  content: JsonObject;
  attempts: number;
  expiresAt: number;
};

export const insertOneTime = (db: Db, token: Omit<OneTime, "attempts">) =>
  db.insert(oneTimeTokens).values({ ...token, attempts: 0 });

/** One that can still be used. */
export async function findOneTime(
  db: Db,
  purpose: OneTimePurpose,
  tokenHash: string,
  now: number,
): Promise<OneTime | null> {
  const [row] = await db
    .select()
    .from(oneTimeTokens)
    .where(usable(purpose, tokenHash, now));
  return row ?? null;
}

/** Uses it up; null when somebody else did so first. */
export async function takeOneTime(
  db: Db,
  purpose: OneTimePurpose,
  tokenHash: string,
  now: number,
): Promise<OneTime | null> {
  const [row] = await db
    .delete(oneTimeTokens)
    .where(usable(purpose, tokenHash, now))
    .returning();
  return row ?? null;
}

const usable = (purpose: OneTimePurpose, tokenHash: string, now: number) =>
  and(
    eq(oneTimeTokens.tokenHash, tokenHash),
    eq(oneTimeTokens.purpose, purpose),
    gt(oneTimeTokens.expiresAt, now),
  );

/** A wrong code was shown with it; after `max` of them it is gone. */
export async function countWrong(db: Db, tokenHash: string, max: number): Promise<void> {
  await db.batch([
    db
      .update(oneTimeTokens)
      .set({ attempts: sql`${oneTimeTokens.attempts} + 1` })
      .where(eq(oneTimeTokens.tokenHash, tokenHash)),
    db
      .delete(oneTimeTokens)
      .where(and(eq(oneTimeTokens.tokenHash, tokenHash), sql`${oneTimeTokens.attempts} >= ${max}`)),
  ]);
}

/** All of one purpose that somebody has: a new link makes the old ones useless. */
export const deleteOneTimesOf = (db: Db, purpose: OneTimePurpose, subjectId: string) =>
  db
    .delete(oneTimeTokens)
    .where(and(eq(oneTimeTokens.purpose, purpose), eq(oneTimeTokens.subjectId, subjectId)));

/** Housekeeping. */
export const deleteExpiredOneTimes = (db: Db, now: number) =>
  db.delete(oneTimeTokens).where(lt(oneTimeTokens.expiresAt, now));
