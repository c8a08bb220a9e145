import type { Backup } from "../../worker/domain/deployment/backup.ts";
import type { UsageTold } from "../../worker/domain/deployment/meter-schema.ts";
import type { TimelineEvent } from "../../worker/domain/deployment/moves.ts";
import type { State } from "../../worker/domain/deployment/state.ts";
import type { Instance, Snapshot } from "../../worker/domain/deployment/view.ts";
import type { AccountId } from "../../worker/domain/ids.ts";

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
  /** What began or ended to be used. */
  usage: readonly UsageTold[];
  accountId: AccountId;
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

/** The oldest first; the rest goes with the next. */
const USAGE_PER_DEBT = 40;

/** What of a state's usage is told at once. */
export const usageDebt = ({ status }: State): readonly UsageTold[] =>
  status.meter.untold.slice(0, USAGE_PER_DEBT);
