import type { Backup } from "../../worker/domain/deployment/backup.ts";
import type { TimelineEvent } from "../../worker/domain/deployment/moves.ts";
import type { Instance, Snapshot } from "../../worker/domain/deployment/view.ts";

/** What an object keeps beside its document, and what it owes the read model. Plain data, no platform. */
export type StoredEvent = TimelineEvent & { seq: number };

/** What the projection still owes the read model. */
export type Debt = {
  version: number;
  snapshot: Snapshot;
  /** Only when it changed since it was last projected. */
  instance: Instance | null;
  /** Only when they changed since they were last projected. */
  backups: readonly Backup[] | null;
  events: readonly StoredEvent[];
  /** When somebody should ask what became of this deployment. */
  overdueAt: number;
};

export type Meta = {
  /** Alarms begun since one last ended well. */
  strikes: number;
  version: number;
  instanceVersion: number;
  backupsVersion: number;
  projectedVersion: number;
  projectedInstance: number;
  projectedBackups: number;
  projectedSeq: number;
  projectedAt: number;
  /** The `overdue_at` D1 holds. */
  overdueAt: number;
  /** Before this the projection isn't tried again after a failure. */
  projectRetryAt: number;
};

export const NEW_META: Meta = {
  strikes: 0,
  version: 0,
  instanceVersion: 0,
  backupsVersion: 0,
  projectedVersion: 0,
  projectedInstance: 0,
  projectedBackups: 0,
  projectedSeq: 0,
  projectedAt: 0,
  overdueAt: 0,
  projectRetryAt: 0,
};
