import { isHeld } from "../../worker/domain/entitlement/state.ts";
import type { Phase } from "../../worker/domain/entitlement/state.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../worker/platform/clock.ts";
import type { History } from "./history.ts";
import { Violation } from "./history.ts";
import type { Machine } from "./machines.ts";
import { runs } from "./machines.ts";
import type { Plane } from "./plane.ts";
import type { Truth } from "./truth.ts";
import { periodsOf } from "./truth.ts";

/** What must hold whenever everything was delivered or reconciled, and nothing is under way. */
const GRACE_MS = 7 * DAY_MS;
/** How late we may hear of something at the worst: a reading a day, and some hours for what broke. */
const UNHEARD_MS = 26 * HOUR_MS;

export function checkAtRest(plane: Plane, history: History): void {
  const truth = history.look();
  if (history.broken !== null) throw new Violation(history.broken);
  const { book } = plane;
  const row = rowOf(plane);
  if (book === null) {
    // Nobody has ever asked its object.
    if (truth.is !== "none") throw new Violation(`Stripe says ${truth.is}, and nobody has read it.`);
    return;
  }
  if (book.owed.length > 0)
    throw new Violation(`Still owed: ${book.owed.map(({ key }) => key.replace(/:\d+$/, "")).join(", ")}.`);
  if (book.projected !== book.version || row.version !== book.version)
    throw new Violation(
      `The row is at ${row.version}, its book at ${book.version} (${book.projected} told).`,
    );
  if (row.customerId !== book.customerId)
    throw new Violation("The row names another customer than its book.");
  const { phase, unclear } = book.entitlement;
  if (unclear !== null) throw new Violation(`It is unclear: ${unclear.why}.`);
  checkPhase(plane, history, truth, phase);
  checkMachines(plane, truth, phase);
  checkEvents(plane, phase);
  checkPayments(plane);
}

/** Nothing that was told waits for the second net. */
export function checkPrompt(plane: Plane): void {
  const waiting = plane.disk.rows(
    "SELECT id FROM stripe_events WHERE handled_at IS NULL AND account_id IS NOT NULL AND received_at < ?",
    plane.time.now - 2 * MINUTE_MS,
  );
  if (waiting.length > 0) throw new Violation(`${waiting.length} events wait, although nothing is wrong.`);
}

function checkPhase(plane: Plane, history: History, truth: Truth, phase: Phase): void {
  const { now } = plane.time;
  const forMs = now - history.sinceOf();
  const wrong = (): Violation =>
    new Violation(
      `Stripe says ${truth.is}${"plan" in truth ? ` (${truth.plan})` : ""} for ${(forMs / DAY_MS).toFixed(1)} days, and we say ${phase.is}${"plan" in phase ? ` (${phase.plan})` : ""}.`,
    );
  switch (truth.is) {
    case "paid":
      if (phase.is !== "active" || phase.plan !== truth.plan) throw wrong();
      return;
    case "disputed":
      if (phase.is !== "destroyed" && !(phase.is === "suspended" && phase.cause === "dispute")) throw wrong();
      return;
    case "unpaid":
      if (!isHeld(phase)) throw wrong();
      return;
    case "late": {
      const before = history.all.at(-2)?.truth.is;
      if (before === "paid" && forMs < GRACE_MS && phase.is !== "grace") throw wrong();
      if (forMs > GRACE_MS + UNHEARD_MS && !isHeld(phase)) throw wrong();
      if (phase.is === "active" || phase.is === "trial") throw wrong();
      return;
    }
    case "over":
    case "none":
      if (now < history.trialEndsAt && phase.is === "trial") return;
      if (!isHeld(phase)) throw wrong();
  }
}

function checkMachines(plane: Plane, truth: Truth, phase: Phase): void {
  for (const machine of plane.machines.all.values()) {
    if (machine.isDeleted || !machine.isKnown) continue;
    checkTerms(machine, phase);
    const isStopped = machine.holds.has("billing");
    if (runs(machine) && isHeld(phase))
      throw new Violation(`A machine runs, and the account is ${phase.is} (${truth.is}).`);
    if (isStopped && !isHeld(phase))
      throw new Violation(`A machine is stopped, and the account is ${phase.is} (${truth.is}).`);
    if (phase.is === "destroyed") throw new Violation("The account is destroyed, and a machine is left.");
  }
}

/** How long each plan keeps backups: what a deployment was told says which plan it believes in. */
const BACKUP_DAYS = { trial: 7, shared: 30, dedicated: 60 } as const;

function checkTerms({ terms }: Machine, phase: Phase): void {
  if (isHeld(phase)) return;
  const plan = "plan" in phase ? phase.plan : "trial";
  const isTold =
    terms?.backupDays === BACKUP_DAYS[plan] && terms.tiers.includes("dedicated") === (plan === "dedicated");
  if (!isTold)
    throw new Violation(`The plan is ${plan}, and a deployment was told ${JSON.stringify(terms)}.`);
}

type EventRow = { version: number; before: string; after: string };

function checkEvents(plane: Plane, phase: Phase): void {
  const events = plane.disk.rows(
    "SELECT version, before, after FROM subscription_events ORDER BY version",
  ) as EventRow[];
  let said = '"trial"';
  let whole: string | null = null;
  for (const { before, after } of events) {
    if (whole !== null && before !== whole)
      throw new Violation(`The history has a gap: it was ${whole}, then ${before}.`);
    if (whole === null && phaseIn(before) !== said)
      throw new Violation(`The history begins with ${phaseIn(before)}.`);
    whole = after;
    said = phaseIn(after);
  }
  if (said !== JSON.stringify(phase.is))
    throw new Violation(`The history ends with ${said}, not ${phase.is}.`);
  const [audited] = plane.disk.rows(
    "SELECT count(*) AS count FROM audit_logs WHERE action = 'billing.changed'",
  );
  if (audited?.["count"] !== events.length)
    throw new Violation(`${events.length} changes, and ${String(audited?.["count"])} of them on record.`);
  const waiting = plane.disk.rows(
    "SELECT id FROM stripe_events WHERE handled_at IS NULL AND account_id IS NOT NULL",
  );
  if (waiting.length > 0) throw new Violation(`${waiting.length} events were never acted on.`);
}

const phaseIn = (summary: string): string => JSON.stringify((JSON.parse(summary) as { phase: string }).phase);

/** Each period is paid once, and a page to pay on is open once. */
function checkPayments({ shop, tabs }: Plane): void {
  const { store } = shop.world;
  const open = store.all("sessions").filter(({ id, status }) => status === "open" && tabs.includes(id));
  if (open.length > 1) throw new Violation(`${open.length} pages to pay on are open.`);
  for (const { id } of store.all("subscriptions")) {
    const periods = periodsOf(store, id).toSorted((one, other) => one.start - other.start);
    for (const [index, period] of periods.entries()) {
      const next = periods[index + 1];
      if (next !== undefined && next.start < period.end)
        throw new Violation("A period of a subscription is paid twice.");
    }
  }
}

function rowOf(plane: Plane): { version: number; customerId: string | null } {
  const [row] = plane.disk.rows("SELECT version, customer_id FROM subscriptions");
  return { version: Number(row?.["version"]), customerId: (row?.["customer_id"] ?? null) as string | null }; // A text.
}
