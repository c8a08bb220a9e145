import { and, eq, isNotNull, lte } from "drizzle-orm";
import type { Db } from "./db.ts";
import { outboxMail } from "./schema.ts";

export type OutgoingMail = { id: string; recipient: string; subject: string; body: string; attempts: number };

export const insertMail = (db: Db, mail: Omit<OutgoingMail, "attempts"> & { createdAt: number }) =>
  db.insert(outboxMail).values({ ...mail, attempts: 0, dueAt: mail.createdAt, sentAt: null });

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

/** Sent: the body goes, since it may hold a link that signs somebody in. */
export const settleMail = (db: Db, id: string, now: number) =>
  db.update(outboxMail).set({ dueAt: null, sentAt: now, body: "" }).where(eq(outboxMail.id, id));

/** `dueAt` null gives up. */
export const postponeMail = (db: Db, id: string, attempts: number, dueAt: number | null) =>
  db.update(outboxMail).set({ attempts, dueAt }).where(eq(outboxMail.id, id));
