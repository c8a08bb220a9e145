import { and, asc, eq, isNull, lt, or } from "drizzle-orm";
import type { OperatorId } from "../domain/ids.ts";
import type { Db } from "./db.ts";
import { operators } from "./schema.ts";

export type OperatorRow = {
  id: OperatorId;
  email: string;
  passwordHash: string;
  totpSecret: string;
  totpStep: number | null;
  createdAt: number;
  disabledAt: number | null;
};

export async function findOperatorByEmail(db: Db, email: string): Promise<OperatorRow | null> {
  const [row] = await db
    .select()
    .from(operators)
    .where(and(eq(operators.email, email), isNull(operators.disabledAt)));
  return row === undefined ? null : { ...row, id: row.id as OperatorId };
}

/** Disabled ones, too. */
export async function listOperators(db: Db): Promise<readonly OperatorRow[]> {
  const rows = await db.select().from(operators).orderBy(asc(operators.createdAt));
  return rows.map((row) => ({ ...row, id: row.id as OperatorId }));
}

/** One who is enrolled again under their id begins anew. */
export const upsertOperator = (db: Db, operator: OperatorRow) =>
  db.insert(operators).values(operator).onConflictDoUpdate({ target: operators.id, set: operator });

/** Uses a time step up; answers false when it, or a later one, was used before. */
export async function takeOperatorStep(db: Db, id: OperatorId, step: number): Promise<boolean> {
  const result = await db
    .update(operators)
    .set({ totpStep: step })
    .where(and(eq(operators.id, id), or(isNull(operators.totpStep), lt(operators.totpStep, step))));
  return result.meta.changes > 0;
}

export const disableOperator = (db: Db, id: OperatorId, now: number) =>
  db
    .update(operators)
    .set({ disabledAt: now })
    .where(and(eq(operators.id, id), isNull(operators.disabledAt)));
