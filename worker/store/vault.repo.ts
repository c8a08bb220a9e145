import { and, asc, desc, eq, gt, isNotNull, ne, sql } from "drizzle-orm";
import type { SQL } from "drizzle-orm";
import type { AccountId, DeploymentId } from "../domain/ids.ts";
import type { Db } from "./db.ts";
import { dataKeys, secrets } from "./schema.ts";

export type DataKeyRow = { ownerId: string; version: number; kekId: string; wrapped: string };

/** The newest data key of an owner; null when there is none, or it was shredded. */
export async function newestDataKey(db: Db, ownerId: string): Promise<DataKeyRow | null> {
  const [row] = await db
    .select()
    .from(dataKeys)
    .where(eq(dataKeys.ownerId, ownerId))
    .orderBy(desc(dataKeys.version))
    .limit(1);
  return asKey(row);
}

export async function findDataKey(db: Db, ownerId: string, version: number): Promise<DataKeyRow | null> {
  const [row] = await db
    .select()
    .from(dataKeys)
    .where(and(eq(dataKeys.ownerId, ownerId), eq(dataKeys.version, version)));
  return asKey(row);
}

const asKey = (row: typeof dataKeys.$inferSelect | undefined): DataKeyRow | null =>
  row === undefined || row.wrapped === null ? null : { ...row, wrapped: row.wrapped };

/** Does nothing where the version exists: whoever comes first, wins. */
export const insertDataKey = (db: Db, key: DataKeyRow & { createdAt: number }) =>
  db.insert(dataKeys).values(key).onConflictDoNothing();

/** Keys that another key-encryption key than this one wraps. */
export async function listWrappedElsewhere(
  db: Db,
  kekId: string,
  limit: number,
): Promise<readonly DataKeyRow[]> {
  const rows = await db
    .select()
    .from(dataKeys)
    .where(and(ne(dataKeys.kekId, kekId), isNotNull(dataKeys.wrapped)))
    .orderBy(asc(dataKeys.ownerId))
    .limit(limit);
  return rows.flatMap((row) => asKey(row) ?? []);
}

/** Only if it still is what was read: a shredded key must not come back. */
export const rewrapDataKey = (db: Db, before: DataKeyRow, after: { kekId: string; wrapped: string }) =>
  db
    .update(dataKeys)
    .set(after)
    .where(
      and(
        eq(dataKeys.ownerId, before.ownerId),
        eq(dataKeys.version, before.version),
        eq(dataKeys.wrapped, before.wrapped),
      ),
    );

/**
 * Nothing sealed for this owner so far can be opened any more, but they go on: what they seal next gets a new key. Their
 * sealed rows have to go with it.
 */
export const deleteDataKeys = (db: Db, ownerId: string) =>
  db.delete(dataKeys).where(eq(dataKeys.ownerId, ownerId));

/** From now on nothing sealed for this owner can be opened, and nothing is sealed for them again. */
export const shredDataKeys = (db: Db, ownerId: string) =>
  db.update(dataKeys).set({ wrapped: null }).where(eq(dataKeys.ownerId, ownerId));

export type SecretOwner = "customer" | "house";
export type SecretRow = {
  accountId: AccountId;
  deploymentId: DeploymentId;
  name: string;
  version: number;
  owner: SecretOwner;
  /** `null`: deleted in this version. */
  payload: string | null;
  createdAt: number;
  createdBy: string;
};

/** Fails with a unique violation when another change took the same version. */
export const insertSecret = (db: Db, row: SecretRow) => db.insert(secrets).values(row);

/** The same, if the condition holds when the batch comes to it. */
export const insertSecretWhere = (db: Db, row: SecretRow, condition: SQL) =>
  db.insert(secrets).select(sql`
    SELECT ${row.accountId}, ${row.deploymentId}, ${row.name}, ${row.version}, ${row.owner}, ${row.payload},
      ${row.createdAt}, ${row.createdBy}
    WHERE ${condition}`);

/** What the next change is numbered after; 0 when there was none. */
export async function lastSecretVersion(db: Db, id: DeploymentId): Promise<number> {
  const [row] = await db
    .select({ version: sql<number>`coalesce(max(${secrets.version}), 0)` })
    .from(secrets)
    .where(eq(secrets.deploymentId, id));
  return row?.version ?? 0;
}

/** Every change after a version, oldest first. */
export async function secretRows(db: Db, id: DeploymentId, after: number): Promise<readonly SecretRow[]> {
  const rows = await db
    .select()
    .from(secrets)
    .where(and(eq(secrets.deploymentId, id), gt(secrets.version, after)))
    .orderBy(asc(secrets.version));
  return rows.map(asSecret);
}

export type ListedSecret = { name: string; version: number; updatedAt: number; versions: number };

/** The customer's secrets that there are, by name; never a value. */
export async function listSecrets(db: Db, id: DeploymentId): Promise<readonly ListedSecret[]> {
  const rows = await db
    .select({
      name: secrets.name,
      version: secrets.version,
      isDeleted: sql<number>`${secrets.payload} IS NULL`,
      updatedAt: secrets.createdAt,
    })
    .from(secrets)
    .where(and(eq(secrets.deploymentId, id), eq(secrets.owner, "customer")))
    .orderBy(asc(secrets.version));
  const byName = new Map<string, ListedSecret & { isDeleted: boolean }>();
  for (const { name, version, isDeleted, updatedAt } of rows)
    byName.set(name, {
      name,
      version,
      updatedAt,
      versions: (byName.get(name)?.versions ?? 0) + 1,
      isDeleted: isDeleted === 1,
    });
  return [...byName.values()]
    .filter((secret) => !secret.isDeleted)
    .map(({ name, version, updatedAt, versions }) => ({ name, version, updatedAt, versions }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * Values nobody can need any more: superseded, at or below a revision, since before `before`. The newest of each name
 * stays, and what was just superseded, too: an update that fails goes back to it.
 */
export const pruneSecrets = (db: Db, id: DeploymentId, revision: number, before: number) =>
  db.delete(secrets).where(sql`${secrets.deploymentId} = ${id}
    AND EXISTS (SELECT 1 FROM secrets newer WHERE newer.deployment_id = ${id} AND newer.name = ${secrets.name}
      AND newer.version > ${secrets.version} AND newer.version <= ${revision} AND newer.created_at < ${before})`);

/** All that is left of a deployment's secrets: it was purged. */
export const deleteSecrets = (db: Db, id: DeploymentId) =>
  db.delete(secrets).where(eq(secrets.deploymentId, id));

const asSecret = (row: typeof secrets.$inferSelect): SecretRow => ({
  ...row,
  accountId: row.accountId as AccountId,
  deploymentId: row.deploymentId as DeploymentId,
});
