import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { BACKUP_KINDS, BACKUP_STATUSES } from "../domain/deployment/backup.ts";
import type { JsonObject } from "../domain/json.ts";

/**
 * D1: who owns what, and what people read. Each table has one writer (see `docs/storage-schema.md`). Instants are epoch
 * ms. Tables keyed by text are WITHOUT ROWID (written into the migrations by hand: drizzle can't say it), which saves
 * one written row each insert.
 */

export const accounts = sqliteTable("accounts", {
  id: text().primaryKey(),
  createdAt: integer().notNull(),
});

export const users = sqliteTable(
  "users",
  {
    id: text().primaryKey(),
    email: text().notNull(),
    /** PHC string (`$scrypt$ln=15,r=8,p=3$salt$hash`). */
    passwordHash: text().notNull(),
    verifiedAt: integer().notNull(),
    createdAt: integer().notNull(),
  },
  (table) => [uniqueIndex("users_email").on(table.email)],
);

export const MEMBER_ROLES = ["owner"] as const;

export const members = sqliteTable(
  "members",
  {
    accountId: text().notNull(),
    userId: text().notNull(),
    role: text({ enum: MEMBER_ROLES }).notNull(),
    createdAt: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.userId, table.accountId] })],
);

/** A sign-up that waits for its mail to be answered; only then do a user and an account exist. */
export const signups = sqliteTable(
  "signups",
  {
    /** SHA-256 of the token in the link. */
    tokenHash: text().primaryKey(),
    email: text().notNull(),
    passwordHash: text().notNull(),
    expiresAt: integer().notNull(),
  },
  (table) => [index("signups_expires").on(table.expiresAt)],
);

export const SESSION_KINDS = ["login", "ticket", "door"] as const;

/**
 * `login`: the dashboard or the API. `ticket`: one use, a minute, carries a login over to a deployment's own host,
 * where it turns into `door`. The last two hang on their login and end with it.
 */
export const sessions = sqliteTable(
  "sessions",
  {
    id: text().primaryKey(),
    kind: text({ enum: SESSION_KINDS }).notNull(),
    /** SHA-256 of the 256-bit token. */
    tokenHash: text().notNull(),
    userId: text().notNull(),
    accountId: text().notNull(),
    parentId: text(),
    deploymentId: text(),
    createdAt: integer().notNull(),
    seenAt: integer().notNull(),
    expiresAt: integer().notNull(),
    revokedAt: integer(),
  },
  (table) => [
    uniqueIndex("sessions_token").on(table.tokenHash),
    index("sessions_parent")
      .on(table.parentId)
      .where(sql`${table.parentId} IS NOT NULL`),
    index("sessions_expires").on(table.expiresAt),
  ],
);

export const SUBSCRIPTION_STATUSES = ["trialing"] as const;

export const subscriptions = sqliteTable("subscriptions", {
  accountId: text().primaryKey(),
  plan: text({ enum: ["trial"] }).notNull(),
  status: text({ enum: SUBSCRIPTION_STATUSES }).notNull(),
  startsAt: integer().notNull(),
  endsAt: integer().notNull(),
  /** An operator's exception from the plan's number of deployments. */
  deploymentsLimit: integer(),
});

export const deployments = sqliteTable(
  "deployments",
  {
    id: text().primaryKey(),
    accountId: text().notNull(),
    name: text().notNull(),
    /** Unique for ever, also after deletion. */
    slug: text().notNull(),
    /** The request as it was accepted, for the object to be rebuilt from. */
    spec: text({ mode: "json" }).$type<JsonObject>().notNull(),
    createdAt: integer().notNull(),
    /** When its owner last took it back; later than its deletion means that it holds a place of the plan again. */
    undeletedAt: integer(),
  },
  (table) => [
    index("deployments_account").on(table.accountId, table.id),
    uniqueIndex("deployments_slug").on(table.slug),
  ],
);

/** Written by the projection alone. */
export const deploymentStatus = sqliteTable(
  "deployment_status",
  {
    deploymentId: text().primaryKey(),
    /** Only a newer one overwrites. */
    version: integer().notNull(),
    phase: text().notNull(),
    generation: integer().notNull(),
    observedGeneration: integer().notNull(),
    overdueAt: integer().notNull(),
    snapshot: text({ mode: "json" }).$type<JsonObject>().notNull(),
  },
  (table) => [index("deployment_status_overdue").on(table.overdueAt)],
);

/** Written by the projection alone: what exists at Fly. */
export const runtimeInstances = sqliteTable("runtime_instances", {
  deploymentId: text().primaryKey(),
  version: integer().notNull(),
  app: text(),
  machineId: text(),
  volumeId: text(),
  region: text().notNull(),
});

/** Written by the projection alone: the timeline. */
export const deploymentEvents = sqliteTable(
  "deployment_events",
  {
    deploymentId: text().notNull(),
    seq: integer().notNull(),
    at: integer().notNull(),
    generation: integer().notNull(),
    step: text().notNull(),
    state: text().notNull(),
    message: text().notNull(),
    durationMs: integer(),
  },
  (table) => [primaryKey({ columns: [table.deploymentId, table.seq] })],
);

/** Written by the projection alone: volume snapshots a deployment can be put back to. */
export const backups = sqliteTable(
  "backups",
  {
    id: text().primaryKey(),
    deploymentId: text().notNull(),
    /** Only a newer one overwrites. */
    version: integer().notNull(),
    kind: text({ enum: BACKUP_KINDS }).notNull(),
    /** `expired`: its object has forgotten it, as Fly has. */
    status: text({ enum: [...BACKUP_STATUSES, "expired"] }).notNull(),
    snapshotId: text(),
    sizeBytes: integer(),
    createdAt: integer().notNull(),
    expiresAt: integer(),
  },
  (table) => [index("backups_deployment").on(table.deploymentId)],
);

/** Encrypted payloads; written by the vault, which a later issue builds. Nothing reads or writes it yet. */
export const secrets = sqliteTable(
  "secrets",
  {
    accountId: text().notNull(),
    deploymentId: text().notNull(),
    name: text().notNull(),
    version: integer().notNull(),
    payload: text().notNull(),
    createdAt: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.accountId, table.deploymentId, table.name, table.version] })],
);

export const idempotencyKeys = sqliteTable(
  "idempotency_keys",
  {
    accountId: text().notNull(),
    key: text().notNull(),
    /** SHA-256 of the request, to tell a repetition from another request under the same key. */
    requestHash: text().notNull(),
    deploymentId: text().notNull(),
    expiresAt: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.accountId, table.key] }),
    index("idempotency_keys_expires").on(table.expiresAt),
  ],
);

/** Mail that must go out: signing up never fails because of mail, and nothing is sent twice. */
export const outboxMail = sqliteTable(
  "outbox_mail",
  {
    id: text().primaryKey(),
    recipient: text().notNull(),
    subject: text().notNull(),
    /** Emptied once sent: it may hold a link that signs somebody in. */
    body: text().notNull(),
    createdAt: integer().notNull(),
    attempts: integer().notNull(),
    /** When to try (again); null once it is sent or given up. */
    dueAt: integer(),
    sentAt: integer(),
  },
  (table) => [
    index("outbox_mail_due")
      .on(table.dueAt)
      .where(sql`${table.dueAt} IS NOT NULL`),
  ],
);

export const STRAY_KINDS = ["app", "machine", "volume"] as const;
export const STRAY_STATES = ["reported", "quarantined", "removed", "gone"] as const;

/** Resources at Fly that carry our name and that no deployment owns; written by the reaper alone. */
export const strays = sqliteTable("strays", {
  /** `<kind>:<id>`. */
  resource: text().primaryKey(),
  kind: text({ enum: STRAY_KINDS }).notNull(),
  resourceId: text().notNull(),
  app: text().notNull(),
  deploymentId: text().notNull(),
  state: text({ enum: STRAY_STATES }).notNull(),
  sightings: integer().notNull(),
  firstSeenAt: integer().notNull(),
  lastSeenAt: integer().notNull(),
  quarantinedAt: integer(),
});

/** One row for each run of the reaper: the proof that there are no strays, or why it stopped. */
export const reaperRuns = sqliteTable("reaper_runs", {
  at: integer().primaryKey(),
  /** Every page of every list was read. */
  complete: integer({ mode: "boolean" }).notNull(),
  apps: integer().notNull(),
  machines: integer().notNull(),
  volumes: integer().notNull(),
  /** Of another control plane, or named by none of us: listed, never touched. */
  foreign: integer().notNull(),
  strays: integer().notNull(),
  /** Why nothing was done; null when nothing stood in the way. */
  halted: text(),
});
