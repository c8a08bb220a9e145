import { HOUR_MS } from "../../worker/platform/clock.ts";
import { countIdle, countWatcher } from "./support/idle-simulated.ts";
import { countInWorkerd, RUN_IN_MS } from "./support/idle-workerd.ts";
import { CLOUDFLARE, HOURS_PER_MONTH, MACHINE_PER_MONTH } from "./support/prices.ts";
import { rounded } from "./support/statistics.ts";

/**
 * `npm run bench:idle`: what a ready deployment costs the control plane while nothing happens. 1,000 of them through a
 * day in the simulator, and the same rules in workerd for an hour that passes in a minute, which must agree. One JSON
 * object; counts are per deployment and hour, dollars per deployment and month. Fails when a target is missed.
 */
const DEPLOYMENTS = 1_000;
const HOURS = 24;
const SAMPLE = 20;
/** The hour in workerd holds the renewal of `overdue_at`, which comes six hours after the last. */
const JUMP_MS = 5.25 * HOUR_MS;
/** What a projection writes that only renews `overdue_at`: the row and its index (D1's own count, in workerd). */
const ROWS_PER_RENEWAL = 2;
/** An alarm with one call to Fly: active that long (assumed; Fly's API answers in 50 to 300 ms). */
const ALARM_SECONDS = 0.3;
/** A watcher's look: the same, and three rows of its own (memory twice, alarm twice, less what is coalesced: assumed 4). */
const WATCHER_ROWS_PER_LOOK = 4;
const AGREE_WITHIN = 0.1;
const TARGETS = { alarms: 13, flyCalls: 13, d1RowsWritten: 1, shareOfMachine: 0.03 };

const day = await countIdle({ deployments: DEPLOYMENTS, hours: HOURS, jumpMs: HOUR_MS, runInMs: HOUR_MS });
const perHour = (count: number): number => count / (DEPLOYMENTS * HOURS);
const watcherCallsPerHour = await countWatcher(DEPLOYMENTS);
const watcherAlone = await countWatcher(1);

const hour = await countIdle({ deployments: SAMPLE, hours: 1, jumpMs: JUMP_MS, runInMs: RUN_IN_MS });
const real = await countInWorkerd({ deployments: SAMPLE, jumpMs: JUMP_MS, runInMs: RUN_IN_MS });
const pairs = {
  alarms: [hour.alarms, real.alarms],
  flyCalls: [hour.flyCalls, real.flyCalls],
  d1RowsWritten: [hour.projections * ROWS_PER_RENEWAL, real.rowsWrittenByObjects],
  watcherCalls: [watcherCallsPerHour, real.watcherCalls],
} as const;

const deviation = ([simulated, measured]: readonly [number, number]): number =>
  Math.abs(measured - simulated) / Math.max(simulated, 1);

const alarmsPerHour = perHour(day.alarms);
const flyCallsPerHour = perHour(day.flyCalls);
// What was used is written when something begins or ends, and once a day by the meter.
const d1RowsWrittenPerHour = perHour(day.projections) * ROWS_PER_RENEWAL + real.meterRowsPerDay / 24;
const objectRowsWrittenPerHour = perHour(day.objectRows);
const d1RowsReadPerHour = real.rowsRead / SAMPLE;

const gbSeconds = (alarms: number): number => alarms * ALARM_SECONDS * CLOUDFLARE.objectGb;
const objectCost = (alarms: number, rows: number): number =>
  alarms * CLOUDFLARE.objectRequest +
  gbSeconds(alarms) * CLOUDFLARE.objectGbSecond +
  rows * CLOUDFLARE.objectRowWritten;
const ownDollarsPerHour =
  objectCost(alarmsPerHour, objectRowsWrittenPerHour) +
  d1RowsWrittenPerHour * CLOUDFLARE.d1RowWritten +
  d1RowsReadPerHour * CLOUDFLARE.d1RowRead;
const watcherDollarsPerHour = objectCost(watcherCallsPerHour, watcherCallsPerHour * WATCHER_ROWS_PER_LOOK);
const dollarsPerMonth = ownDollarsPerHour * HOURS_PER_MONTH;
const shareOfMachine = dollarsPerMonth / MACHINE_PER_MONTH;

const missed = [
  ...(alarmsPerHour > TARGETS.alarms ? ["alarms"] : []),
  ...(flyCallsPerHour > TARGETS.flyCalls ? ["flyCalls"] : []),
  ...(d1RowsWrittenPerHour > TARGETS.d1RowsWritten ? ["d1RowsWritten"] : []),
  ...(shareOfMachine > TARGETS.shareOfMachine ? ["shareOfMachine"] : []),
  ...(watcherCallsPerHour === watcherAlone
    ? []
    : ["the watcher's calls grow with the number of deployments"]),
  ...Object.entries(pairs)
    .filter(([, pair]) => deviation(pair) > AGREE_WITHIN)
    .map(([name]) => `${name}: simulator and workerd disagree`),
];
console.log(
  JSON.stringify(
    {
      alarmsPerHour: rounded(alarmsPerHour, 2),
      flyCallsPerHour: rounded(flyCallsPerHour, 2),
      d1RowsWrittenPerHour: rounded(d1RowsWrittenPerHour, 3),
      d1RowsReadPerHour: rounded(d1RowsReadPerHour, 1),
      meterRowsPerDay: rounded(real.meterRowsPerDay, 2),
      objectRowsWrittenPerHour: rounded(objectRowsWrittenPerHour, 1),
      watcherCallsPerHour,
      dollarsPerMonth: rounded(dollarsPerMonth, 4),
      shareOfMachine: rounded(shareOfMachine, 4),
      watcherDollarsPerMonth: rounded(watcherDollarsPerHour * HOURS_PER_MONTH, 2),
      simulatedAgainstWorkerd: pairs,
      workerd: real,
      missed,
    },
    null,
    2,
  ),
);
if (missed.length > 0) process.exitCode = 1;
