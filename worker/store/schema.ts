import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import type { Permission } from "../domain/access.ts";
import { ACCOUNT_STATUSES, ROLES } from "../domain/access.ts";
import { AUDIT_ACTORS, AUDIT_OUTCOMES } from "../domain/audit.ts";
import type { AuditAction } from "../domain/audit.ts";
import { BACKUP_KINDS, BACKUP_STATUSES } from "../domain/deployment/backup.ts";
import type { JsonObject } from "../domain/json.ts";

export { stripeEvents, subscriptionEvents, subscriptions } from "./billing.schema.ts";
export { spendCaps, usageMetrics, usageRecords } from "./usage.schema.ts";

/**
 * D1: who owns what, and what people read. Each table has one writer (see `docs/storage-schema.md`). Instants are epoch
 * ms. Tables keyed by text are WITHOUT ROWID (written into the migrations by hand: drizzle can't say it), which saves
 * one written row each insert.
 */

export const accounts = sqliteTable(
  "accounts",
  {
    id: text().primaryKey(),
    createdAt: integer().notNull(),
    status: text({ enum: ACCOUNT_STATUSES }).notNull().default("active"),
    /** When a closing account is destroyed with its keys. */
    closesAt: integer(),
    /** Nothing but this row and the sealed audit chain is left of it. */
    destroyedAt: integer(),
  },
  (table) => [
    index("accounts_closes")
      .on(table.closesAt)
      .where(sql`${table.closesAt} IS NOT NULL`),
  ],
);

export const users = sqliteTable(
  "users",
  {
    id: text().primaryKey(),
    email: text().notNull(),
    /** PHC string (`$scrypt$ln=15,r=8,p=3$salt$hash`). */
    passwordHash: text().notNull(),
    verifiedAt: integer().notNull(),
    createdAt: integer().notNull(),
    /** The account a login begins in: the one they were in last. */
    accountId: text(),
    /** The TOTP secret, sealed by the vault; null: no second factor of this kind. */
    totpSecret: text(),
    /** The last accepted time step: a code works once (OWASP ASVS 5.0, 6.5.1). */
    totpStep: integer(),
  },
  (table) => [uniqueIndex("users_email").on(table.email)],
);

/** SHA-256 of each recovery code (over 112 random bits: a plain hash suffices, OWASP ASVS 5.0, 6.5.2). */
export const recoveryCodes = sqliteTable(
  "recovery_codes",
  { userId: text().notNull(), codeHash: text().notNull(), usedAt: integer() },
  (table) => [primaryKey({ columns: [table.userId, table.codeHash] })],
);

export const passkeys = sqliteTable(
  "passkeys",
  {
    /** The credential's id, base64url. */
    id: text().primaryKey(),
    userId: text().notNull(),
    name: text().notNull(),
    /** COSE key, base64url. */
    publicKey: text().notNull(),
    counter: integer().notNull(),
    transports: text({ mode: "json" }).$type<readonly string[]>().notNull(),
    createdAt: integer().notNull(),
    usedAt: integer(),
  },
  (table) => [index("passkeys_user").on(table.userId)],
);

/** Browsers a user has logged in from: told apart from a stranger's by the rate limiter, and new ones are told of. */
export const devices = sqliteTable(
  "devices",
  {
    /** SHA-256 of the token in the browser's long-lived cookie. */
    tokenHash: text().primaryKey(),
    userId: text().notNull(),
    createdAt: integer().notNull(),
    seenAt: integer().notNull(),
    expiresAt: integer().notNull(),
  },
  (table) => [index("devices_user").on(table.userId), index("devices_expires").on(table.expiresAt)],
);

export const ONE_TIME_PURPOSES = [
  "password_reset",
  "second_factor",
  "passkey_registration",
  "passkey_login",
  "totp_enrolment",
  "operator_enrolment",
] as const;

/** What can be done once by whoever shows the token: a mailed link, or the second half of a login. */
export const oneTimeTokens = sqliteTable(
  "one_time_tokens",
  {
    tokenHash: text().primaryKey(),
    purpose: text({ enum: ONE_TIME_PURPOSES }).notNull(),
    /** User or operator; null where nobody is known yet. */
    subjectId: text(),
    /** What the second half needs of the first; never a secret in clear. */
    content: text({ mode: "json" }).$type<JsonObject>().notNull(),
    /** Wrong codes shown with it. */
    attempts: integer().notNull(),
    expiresAt: integer().notNull(),
  },
  (table) => [
    index("one_time_tokens_subject").on(table.subjectId),
    index("one_time_tokens_expires").on(table.expiresAt),
  ],
);

export const invitations = sqliteTable(
  "invitations",
  {
    id: text().primaryKey(),
    accountId: text().notNull(),
    email: text().notNull(),
    role: text({ enum: ROLES }).notNull(),
    /** SHA-256 of the token in the mailed link. */
    tokenHash: text().notNull(),
    invitedBy: text().notNull(),
    createdAt: integer().notNull(),
    expiresAt: integer().notNull(),
  },
  (table) => [
    uniqueIndex("invitations_token").on(table.tokenHash),
    uniqueIndex("invitations_email").on(table.accountId, table.email),
    index("invitations_expires").on(table.expiresAt),
  ],
);

/** `lp_live_<id>_<secret>_<crc>`: shown once, kept as a hash. */
export const apiTokens = sqliteTable(
  "api_tokens",
  {
    id: text().primaryKey(),
    accountId: text().notNull(),
    /** Who made it: it never may more than they. */
    userId: text().notNull(),
    name: text().notNull(),
    secretHash: text().notNull(),
    scopes: text({ mode: "json" }).$type<readonly Permission[]>().notNull(),
    createdAt: integer().notNull(),
    expiresAt: integer().notNull(),
    usedAt: integer(),
    revokedAt: integer(),
  },
  (table) => [index("api_tokens_account").on(table.accountId)],
);

/** The people who run the service; nobody is both by the same row. A second factor always. */
export const operators = sqliteTable(
  "operators",
  {
    id: text().primaryKey(),
    email: text().notNull(),
    passwordHash: text().notNull(),
    totpSecret: text().notNull(),
    totpStep: integer(),
    createdAt: integer().notNull(),
    disabledAt: integer(),
  },
  (table) => [uniqueIndex("operators_email").on(table.email)],
);

export const members = sqliteTable(
  "members",
  {
    accountId: text().notNull(),
    userId: text().notNull(),
    role: text({ enum: ROLES }).notNull(),
    createdAt: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.userId, table.accountId] }),
    index("members_account").on(table.accountId),
  ],
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

export const SESSION_KINDS = ["login", "ticket", "door", "operator"] as const;

/**
 * `login`: the dashboard or the API. `ticket`: one use, a minute, carries a login over to a deployment's own host,
 * where it turns into `door`; both hang on their login and end with it. `operator`: one of us, in `/admin`.
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
    /** When they last proved who they are. */
    freshAt: integer().notNull().default(0),
    /** What its owner tells it from others by. */
    userAgent: text(),
    address: text(),
  },
  (table) => [
    index("sessions_user").on(table.userId),
    uniqueIndex("sessions_token").on(table.tokenHash),
    index("sessions_parent")
      .on(table.parentId)
      .where(sql`${table.parentId} IS NOT NULL`),
    index("sessions_expires").on(table.expiresAt),
  ],
);

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

/** Each account's and each person's data keys, wrapped by a key-encryption key; written by the vault alone. */
export const dataKeys = sqliteTable(
  "data_keys",
  {
    /** An account (its deployments' secrets), a user or an operator (their second factors). */
    ownerId: text().notNull(),
    version: integer().notNull(),
    /** The key-encryption key that wraps it. */
    kekId: text().notNull(),
    /** `null` once shredded: whatever was sealed with it is gone, as soon as D1's own history (30 days) is. */
    wrapped: text(),
    createdAt: integer().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.ownerId, table.version] }),
    index("data_keys_kek").on(table.kekId),
  ],
);

export const SECRET_OWNERS = ["customer", "house"] as const;

/**
 * Secrets as JWE; written by the vault alone. `version` counts the changes to all secrets of one deployment, so that a
 * number names what they all were: for each name the newest version up to it.
 */
export const secrets = sqliteTable(
  "secrets",
  {
    accountId: text().notNull(),
    deploymentId: text().notNull(),
    name: text().notNull(),
    version: integer().notNull(),
    /** `house`: made by us for the machine (the door's key); never listed to anybody. */
    owner: text({ enum: SECRET_OWNERS }).notNull(),
    /** `null`: deleted in this version. */
    payload: text(),
    createdAt: integer().notNull(),
    createdBy: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.deploymentId, table.version] })],
);

/**
 * Who did what, on what, when, from where, and how it ended. Append-only by trigger; the one change allowed is to empty
 * `personal`. Rows are written in the batch of the change they tell of, and sealed later (`audit_seals`).
 */
export const auditLogs = sqliteTable(
  "audit_logs",
  {
    /** A ULID: in a chain's order but for rows of the same moment. */
    id: text().notNull(),
    /** Whose chain it belongs to: an account's, or `operators`, or `nobody` (a stranger at the login). */
    chain: text().notNull(),
    at: integer().notNull(),
    actorKind: text({ enum: AUDIT_ACTORS }).notNull(),
    actorId: text(),
    action: text().$type<AuditAction>().notNull(),
    targetId: text(),
    outcome: text({ enum: AUDIT_OUTCOMES }).notNull(),
    requestId: text(),
    /** What was before and after, and whatever else tells the story; never a secret. */
    content: text({ mode: "json" }).$type<JsonObject>().notNull(),
    /** Addresses, browsers, e-mails: beside the hash, not in it, so that they can be erased. */
    personal: text({ mode: "json" }).$type<JsonObject>(),
  },
  (table) => [primaryKey({ columns: [table.chain, table.id] })],
);

/** Audit rows that wait for their seal: filled by a trigger, emptied by the sealer, so that finding them costs little. */
export const auditUnsealed = sqliteTable(
  "audit_unsealed",
  { chain: text().notNull(), auditId: text().notNull(), at: integer().notNull() },
  (table) => [primaryKey({ columns: [table.chain, table.auditId] })],
);

/** The chain over an account's audit rows; written by its one sealer. Append-only by trigger. */
export const auditSeals = sqliteTable(
  "audit_seals",
  {
    chain: text().notNull(),
    seq: integer().notNull(),
    auditId: text().notNull(),
    /** SHA-256 of the previous hash, the number and the row. */
    hash: text().notNull(),
    sealedAt: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.chain, table.seq] })],
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
