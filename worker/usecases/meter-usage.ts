import type { UsageRecord } from "../domain/usage-record.ts";
import type { UsageRow } from "../domain/usage.ts";
import { dayOf, EXTRA_DISK, usageRows } from "../domain/usage.ts";
import { DAY_MS, HOUR_MS } from "../platform/clock.ts";
import { describeError } from "../platform/logger.ts";
import { findSubscription } from "../store/billing.repo.ts";
import type { NewDay, StoredDay, Unmetered } from "../store/usage.repo.ts";
import { listUnmetered, meteredDays, recordsSince, settleRecords, writeDay } from "../store/usage.repo.ts";
import type { Deps } from "./deps.ts";

/**
 * Makes the rows of days that are over, from all records of a deployment, in one batch that also notes how far it came.
 * Run twice, late, or after a crash it comes to the same rows. A record that arrives or ends late has its days counted
 * again; what Stripe was told of stays as it was told, and somebody is alerted.
 */

/** A day is counted once it has been over for so long: what happened at its end has been told by then. */
export const SETTLE_MS = 2 * HOUR_MS;
/** Stripe is told later still: until then a day may be counted again. */
const REPORT_AFTER_MS = 6 * HOUR_MS;
/** Bounds one sweep: so many deployments, and so many days of each; the rest follows with the next. */
const DEPLOYMENTS_MAX = 150;
const DAYS_MAX = 31;

export async function meterUsage(deps: Deps): Promise<void> {
  const now = deps.clock.now();
  const until = dayOf(now - SETTLE_MS);
  for (const one of await listUnmetered(deps.db, until, now, DEPLOYMENTS_MAX)) {
    try {
      await meterOne(deps, one, Math.min(until, one.from + DAYS_MAX * DAY_MS));
    } catch (error) {
      const { deploymentId } = one;
      deps.logger.error("usage.not_metered", { deploymentId, error: describeError(error) });
    }
  }
}

async function meterOne(deps: Deps, one: Unmetered, until: number): Promise<void> {
  const { db, clock, logger } = deps;
  const { deploymentId, accountId, from } = one;
  const window = { from, to: until };
  const [records, written, subscription] = await Promise.all([
    recordsSince(db, deploymentId, from),
    meteredDays(db, one, window),
    findSubscription(db, accountId),
  ]);
  const counted = usageRows(
    records.map(({ content }): UsageRecord => content),
    window,
  );
  const { changed, refused } = compare(counted, written);
  for (const { id, quantity, was } of refused)
    logger.error("usage.reported_otherwise", { deploymentId, row: id, quantity, reported: was });
  const hasCustomer = (subscription?.customerId ?? null) !== null;
  const days = changed.map((row): NewDay => ({
    ...row,
    accountId,
    reportDueAt: hasCustomer && isCharged(row) && row.quantity > 0 ? clock.now() + REPORT_AFTER_MS : null,
  }));
  const [first, ...rest] = [
    ...days.map((day) => writeDay(db, day)),
    ...settleRecords(db, deploymentId, records, until),
  ];
  if (first !== undefined) await db.batch([first, ...rest]);
}

const isCharged = ({ kind }: UsageRow): boolean => kind === EXTRA_DISK;

type Compared = { changed: readonly UsageRow[]; refused: readonly (UsageRow & { was: number })[] };

/** What is to be written, and what can't be any more. Days whose use turned out to be none stay, with nothing. */
function compare(counted: readonly UsageRow[], written: readonly StoredDay[]): Compared {
  const ids = new Set(counted.map(({ id }) => id));
  const emptied = written
    .filter(({ id }) => !ids.has(id))
    .map(({ id, deploymentId, kind, bucket }): UsageRow => ({ id, deploymentId, kind, bucket, quantity: 0 }));
  const all = [...counted, ...emptied];
  const changed: UsageRow[] = [];
  const refused: (UsageRow & { was: number })[] = [];
  for (const row of all) {
    const before = written.find(({ id }) => id === row.id);
    if (before === undefined) changed.push(row);
    else if (before.quantity !== row.quantity) {
      if (isCharged(row) && before.isReported) refused.push({ ...row, was: before.quantity });
      else changed.push(row);
    }
  }
  return { changed, refused };
}
