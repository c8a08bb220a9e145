import { and, eq, isNotNull, isNull, lt, lte, sql } from "drizzle-orm";
import type { SQL } from "drizzle-orm";
import type { Db } from "./db.ts";
import { outboxMail } from "./schema.ts";

export type OutgoingMail = { id: string; recipient: string; subject: string; body: string; attempts: number };

export const insertMail = (db: Db, mail: NewMail) =>
  db.insert(outboxMail).values({ ...mail, attempts: 0, dueAt: mail.createdAt, sentAt: null });

/** The same; a second time is nothing. */
export const insertMailOnce = (db: Db, mail: NewMail) => insertMail(db, mail).onConflictDoNothing();

type NewMail = Omit<OutgoingMail, "attempts"> & { createdAt: number };

/** The same, if `condition` holds when the batch comes to it. */
export const insertMailWhere = (db: Db, mail: NewMail, condition: SQL) =>
  db.insert(outboxMail).select(sql`
    SELECT ${mail.id}, ${mail.recipient}, ${mail.subject}, ${mail.body}, ${mail.createdAt}, 0, ${mail.createdAt}, NULL
    WHERE ${condition}`);

export async function listDueMail(db: Db, now: number, limit: number): Promise<readonly OutgoingMail[]> {
  return db
    .select({
      id: outboxMail.id,
      recipient: outboxMail.recipient,
      subject: outboxMail.subject,
      body: outboxMail.body,
      attempts: outboxMail.attempts,
    })
    .from(outboxMail)
    .where(and(isNotNull(outboxMail.dueAt), lte(outboxMail.dueAt, now)))
    .orderBy(outboxMail.dueAt)
    .limit(limit);
}

/** Takes one that is due for oneself; false when somebody else has. Due again at `until` unless it is settled; null: never. */
export async function claimMail(db: Db, id: string, now: number, until: number | null): Promise<boolean> {
  const result = await db
    .update(outboxMail)
    .set({ dueAt: until })
    .where(and(eq(outboxMail.id, id), isNotNull(outboxMail.dueAt), lte(outboxMail.dueAt, now)));
  return result.meta.changes > 0;
}

/** Sent: the body goes, since it may hold a link that signs somebody in. */
export const settleMail = (db: Db, id: string, now: number) =>
  db.update(outboxMail).set({ dueAt: null, sentAt: now, body: "" }).where(eq(outboxMail.id, id));

/** `dueAt` null gives up. */
export const postponeMail = (db: Db, id: string, attempts: number, dueAt: number | null) =>
  db.update(outboxMail).set({ attempts, dueAt }).where(eq(outboxMail.id, id));

/** Housekeeping: what went out, or was given up, long ago. */
export const deleteOldMail = (db: Db, before: number) =>
  db.delete(outboxMail).where(and(isNull(outboxMail.dueAt), lt(outboxMail.createdAt, before)));
