import type { Threshold } from "../domain/spend-cap.ts";
import { checkSpendCap } from "../domain/spend-cap.ts";
import { billedCents } from "../domain/extras.ts";
import type { AccountId } from "../domain/ids.ts";
import { monthOf } from "../domain/usage.ts";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../platform/clock.ts";
import { describeError } from "../platform/logger.ts";
import type { ClaimedReport, DueReport } from "../store/extras.repo.ts";
import {
  claimReport,
  extrasOf,
  findSpendCap,
  listDueReports,
  noteTold,
  settledWithin,
  settleReport,
} from "../store/extras.repo.ts";
import { insertMailOnce } from "../store/mail.repo.ts";
import { listMembers } from "../store/members.repo.ts";
import type { Deps } from "./deps.ts";
import { extrasLetter } from "./letters.ts";

/**
 * Tells Stripe of the extras of days that are over, each day of a deployment once, and never more in a month than the
 * account's owner allows. What was charged for a day is fixed before Stripe is told of it the first time; its row's id
 * makes it count once, for a day at least (Stripe's meter events), and after that we look before we say it again.
 */
const BATCH_MAX = 100;
/** A lost answer, or a refusal, is tried again after this long. */
const RETRY_MS = 15 * MINUTE_MS;
/** As long as Stripe surely remembers an identifier, less some minutes. */
const REMEMBERED_MS = 23 * HOUR_MS;

export async function reportUsage(deps: Deps): Promise<void> {
  const accounts = new Set<AccountId>();
  for (const row of await listDueReports(deps.db, deps.clock.now(), BATCH_MAX)) {
    accounts.add(row.accountId);
    try {
      await reportDay(deps, row);
    } catch (error) {
      deps.logger.error("usage.not_reported", { row: row.id, error: describeError(error) });
    }
  }
  for (const accountId of accounts) await warn(deps, accountId);
}

async function reportDay(deps: Deps, row: DueReport): Promise<void> {
  const { db, clock, logger, config, stripe } = deps;
  const now = clock.now();
  const claimed = await claimReport(db, row, { now, month: monthOf(row.bucket), dueAt: now + RETRY_MS });
  if (claimed === null) return;
  const isOld = row.sentAt !== null && now - row.sentAt > REMEMBERED_MS;
  if (claimed.charged === 0) return void (await settleReport(db, row.id));
  if (isOld) {
    const isThere = await isCounted(deps, row, claimed);
    if (isThere === null) return; // Stripe doesn't say; it is looked at again.
    if (isThere) return void (await settleReport(db, row.id));
  }
  const told = await stripe.meter({
    customer: row.customerId,
    event: config.PRICES.extraDisk.event,
    value: claimed.charged,
    // By the moment it is told: of a period whose invoice is made already nothing would be paid.
    at: Math.floor(claimed.sentAt / SECOND_MS),
    id: row.id,
  });
  const isKnown = told.kind === "rejected" && told.detail === "resource_already_exists";
  if (told.kind === "ok" || isKnown) return void (await settleReport(db, row.id));
  logger.error("usage.not_taken", { row: row.id, outcome: told.kind });
}

/** Whether Stripe counts it already; null: it doesn't say. No other day of the account is in doubt. */
async function isCounted(
  { db, config, stripe }: Deps,
  { accountId, customerId }: DueReport,
  { charged, sentAt }: ClaimedReport,
): Promise<boolean | null> {
  const from = Math.floor(sentAt / MINUTE_MS) * MINUTE_MS;
  const minute = { from, to: from + MINUTE_MS };
  const settled = await settledWithin(db, accountId, minute);
  const seen = await stripe.metered({
    meter: config.PRICES.extraDisk.meter,
    customer: customerId,
    from: minute.from / SECOND_MS,
    to: minute.to / SECOND_MS,
  });
  if (seen.kind !== "ok") return null;
  const total = seen.value.data.reduce((sum, { aggregated_value: value }) => sum + value, 0);
  return total >= settled + charged;
}

const MICRO_DOLLARS_PER_CENT = 10_000;

/** Tells the owners, once for each threshold, how much of their limit the month's extras have come to. */
async function warn(deps: Deps, accountId: AccountId): Promise<void> {
  const { db, clock, config } = deps;
  const now = clock.now();
  const month = monthOf(now);
  const cap = await findSpendCap(db, accountId);
  if (cap === null || cap.capCents === 0) return;
  const spentCents = billedCents(await extrasOf(db, accountId, month));
  const capMicroDollars = cap.capCents * MICRO_DOLLARS_PER_CENT;
  const { state, crossed } = checkSpendCap(
    { month: cap.month, capMicroDollars, told: cap.told as Threshold | 0 }, // Written below alone.
    { month: month.from, capMicroDollars },
    spentCents * MICRO_DOLLARS_PER_CENT,
  );
  const highest = crossed.at(-1);
  if (highest === undefined) return;
  const letter = extrasLetter(config.APP_ORIGIN, highest.percent, spentCents, cap.capCents);
  const owners = (await listMembers(db, accountId)).filter(({ role }) => role === "owner");
  await db.batch([
    noteTold(db, accountId, { capCents: cap.capCents, month: state.month, told: state.told }),
    ...owners.map(({ userId, email }) =>
      insertMailOnce(db, {
        id: `${accountId}:${highest.key}:${userId}`,
        recipient: email,
        createdAt: now,
        ...letter,
      }),
    ),
  ]);
}
