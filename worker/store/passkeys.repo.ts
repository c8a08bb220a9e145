import { and, desc, eq } from "drizzle-orm";
import type { UserId } from "../domain/ids.ts";
import type { Db } from "./db.ts";
import { passkeys } from "./schema.ts";

export type Passkey = {
  /** The credential's id, base64url. */
  id: string;
  userId: UserId;
  name: string;
  /** COSE key, base64url. */
  publicKey: string;
  counter: number;
  transports: readonly string[];
  createdAt: number;
  usedAt: number | null;
};

export const insertPasskey = (db: Db, passkey: Passkey) => db.insert(passkeys).values(passkey);

export async function findPasskey(db: Db, id: string): Promise<Passkey | null> {
  const [row] = await db.select().from(passkeys).where(eq(passkeys.id, id));
  return row === undefined ? null : asPasskey(row);
}

export async function listPasskeys(db: Db, userId: UserId): Promise<readonly Passkey[]> {
  const rows = await db
    .select()
    .from(passkeys)
    .where(eq(passkeys.userId, userId))
    .orderBy(desc(passkeys.createdAt));
  return rows.map(asPasskey);
}

export const countUse = (db: Db, id: string, counter: number, now: number) =>
  db.update(passkeys).set({ counter, usedAt: now }).where(eq(passkeys.id, id));

export const deletePasskey = (db: Db, userId: UserId, id: string) =>
  db.delete(passkeys).where(and(eq(passkeys.id, id), eq(passkeys.userId, userId)));

const asPasskey = (row: typeof passkeys.$inferSelect): Passkey => ({ ...row, userId: row.userId as UserId });
