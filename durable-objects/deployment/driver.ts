import { MINUTE_MS, SECOND_MS, HOUR_MS } from "../../worker/platform/clock.ts";
import type { Clock } from "../../worker/platform/clock.ts";
import type { Logger } from "../../worker/platform/logger.ts";
import { describeError } from "../../worker/platform/logger.ts";
import type { Random } from "../../worker/platform/random.ts";
import { apply, begin } from "../../worker/domain/deployment/apply.ts";
import { decide } from "../../worker/domain/deployment/decide.ts";
import type { Next } from "../../worker/domain/deployment/decide.ts";
import { fold } from "../../worker/domain/deployment/fold.ts";
import { confirmUsage } from "../../worker/domain/deployment/meter.ts";
import type {
  Effect,
  EffectOutcome,
  Look,
  Seen,
  TimelineEvent,
} from "../../worker/domain/deployment/moves.ts";
import { phaseOf, RESTING_PHASES } from "../../worker/domain/deployment/phase.ts";
import type { State } from "../../worker/domain/deployment/state.ts";
import type { Debt, Meta } from "./records.ts";

/**
 * The alarm pass: the only place where anything happens at Fly.
 *
 * A pass is: load, decide (pure), commit, one look or one act, load again, take the answer in (pure), commit. It is
 * repeated while there is something to do and ends by setting the next alarm in the same turn as its last decision,
 * so that a wish which arrived meanwhile is never slept over. What would break it: acting before `begin` is
 * committed, using a state loaded before an `await`, or leaving without an alarm.
 *
 * Nothing here knows about Cloudflare: the object hands in its ports, and so does a simulation.
 */
export type DriverPorts = {
  store: DriverStore;
  hands: Hands;
  clock: Clock;
  random: Random;
  logger: Logger;
  /** Sets the one alarm, in product time; `null` takes it away. */
  arm(at: number | null): void;
  /** Tells the read model; throws when it can't be reached. */
  project(debt: Debt): Promise<void>;
  /** Called after every commit that changed what people see. */
  announce(state: State): void;
};

export type DriverStore = {
  load(): State | null;
  commit(next: State, events: readonly TimelineEvent[]): { changed: boolean };
  debt(state: State, overdueAt: number): Debt | null;
  settle(debt: Debt, now: number): void;
  meta(): Meta;
  setMeta(patch: Partial<Meta>): void;
};

/** Carries out looks and acts; never throws for what Fly answers. `signal` ends a look early. */
export type Hands = {
  look(state: State, look: Look): Promise<Seen>;
  act(state: State, effect: Effect): Promise<EffectOutcome>;
};

/** Bounds one alarm: a pass that never rests would keep the object awake and starve nobody but the bill. */
const PASSES_MAX = 100;
/** Alarms are killed after 15 minutes of wall time; far below that a fresh one goes on. */
const ALARM_BUDGET_MS = 5 * MINUTE_MS;
/** While things move, D1 hears of it about this often; at rest at once. Each telling costs rows. */
const PROJECT_EVERY_MS = 2 * SECOND_MS;
/** A sleep longer than this is worth telling D1 what is being waited for. */
const LONG_SLEEP_MS = SECOND_MS;
const PROJECT_RETRY_MS = 5 * SECOND_MS;
/**
 * `overdue_at`: when the sweep asks what became of a deployment. It lies this far ahead and is renewed when half of it
 * is spent, so that neither waiting nor resting costs writes.
 */
const OVERDUE_MOVING_MS = 5 * MINUTE_MS;
const OVERDUE_RESTING_MS = 12 * HOUR_MS;
/**
 * The watchdog: 5 s, doubling up to 10 minutes with every alarm that died. A pass may take longer than the first: an
 * alarm never runs beside itself, and one that ends well replaces it.
 */
const WATCHDOG_FIRST_MS = 5 * SECOND_MS;
const WATCHDOG_LAST_MS = 10 * MINUTE_MS;

/** One alarm. Throws only for bugs and storage failures; the watchdog then brings it back. */
export async function runAlarm(ports: DriverPorts): Promise<void> {
  const { store, clock } = ports;
  const startedAt = clock.now();
  const strikes = store.meta().strikes + 1;
  store.setMeta({ strikes });
  ports.arm(startedAt + watchdogMs(strikes));

  for (let pass = 0; pass < PASSES_MAX && clock.now() - startedAt < ALARM_BUDGET_MS; pass += 1) {
    const before = store.load();
    if (before === null) {
      ports.arm(null); // Never created: nothing to drive.
      return;
    }
    const next = decideAndCommit(ports, before);
    if (await tellReadModel(ports, next)) continue;
    if (next.do === "sleep") {
      sleep(ports, next.until);
      return;
    }
    await (next.do === "look" ? carryLook(ports, next.look) : carryAct(ports, next.effect));
  }
  store.setMeta({ strikes: 0 });
  ports.arm(clock.now());
}

/** Also right after an intent: what it changes is visible before the alarm runs. */
function decideAndCommit(ports: DriverPorts, before: State): Next {
  const now = ports.clock.now();
  const decision = decide(before, now, ports.random.fraction());
  const state =
    decision.next.do === "act" ? begin(decision.state, decision.next.effect, now) : decision.state;
  if (state !== before || decision.events.length > 0) save(ports, state, decision.events);
  return decision.next;
}

async function carryLook(ports: DriverPorts, look: Look): Promise<void> {
  const asked = mustLoad(ports);
  const seen = await ports.hands.look(asked, look);
  const current = mustLoad(ports);
  const told = fold(current, seen, ports.clock.now());
  save(ports, told.state, told.events);
  logPass(ports, told.state, `look.${look.kind}`, seen.outcome.kind);
}

async function carryAct(ports: DriverPorts, effect: Effect): Promise<void> {
  const begun = mustLoad(ports);
  const result = await ports.hands.act(begun, effect);
  const current = mustLoad(ports);
  // Only this alarm writes `op`, so the one on disk is the one we began.
  const told = apply(current, result, ports.clock.now());
  save(ports, told.state, told.events);
  logPass(ports, told.state, `act.${effect.kind}`, result.outcome.kind);
}

function mustLoad({ store }: DriverPorts): State {
  const state = store.load();
  if (state === null) throw new Error("The deployment's document disappeared during a pass.");
  return state;
}

function save(ports: DriverPorts, next: State, events: readonly TimelineEvent[]): void {
  if (ports.store.commit(next, events).changed) ports.announce(next);
}

/** In the same turn as the decision to sleep: an RPC that comes later sets its own, earlier alarm. */
function sleep(ports: DriverPorts, until: number | null): void {
  ports.store.setMeta({ strikes: 0 });
  const { projectRetryAt } = ports.store.meta();
  // One that is past was tried, or waits until there is something worth telling.
  const wakes = [until, projectRetryAt > ports.clock.now() ? projectRetryAt : null].filter(
    (at) => at !== null,
  );
  ports.arm(wakes.length === 0 ? null : Math.min(...wakes));
}

/**
 * Projects into D1 when it is due. Answers whether time passed, i.e. whether to decide again. A read model that is down
 * is tried again later and holds nothing up.
 */
async function tellReadModel(ports: DriverPorts, next: Next): Promise<boolean> {
  const { store, clock } = ports;
  const now = clock.now();
  const meta = store.meta();
  // An op that has begun is carried out first.
  if (next.do === "act" || now < meta.projectRetryAt) return false;
  const state = mustLoad(ports);
  const isResting = RESTING_PHASES.includes(phaseOf(state)) && next.do === "sleep";
  const isLongSleep = next.do === "sleep" && (next.until === null || next.until - now > LONG_SLEEP_MS);
  const isWait = next.do === "look" && next.look.kind === "wait" && now - meta.projectedAt > PROJECT_EVERY_MS;
  if (!isResting && !(isLongSleep && now - meta.projectedAt > PROJECT_EVERY_MS) && !isWait) return false;
  const debt = store.debt(state, overdueAt(next, isResting, meta, now));
  if (debt === null) return false;
  try {
    await ports.project(debt);
    store.settle(debt, clock.now());
    if (debt.usage.length > 0) save(ports, confirmUsage(mustLoad(ports), debt.usage), []);
  } catch (error) {
    ports.logger.error("deployment.project_failed", {
      deploymentId: state.identity.id,
      error: describeError(error),
    });
    store.setMeta({ projectRetryAt: clock.now() + PROJECT_RETRY_MS });
  }
  return true;
}

function overdueAt(next: Next, isResting: boolean, meta: Meta, now: number): number {
  const until = next.do === "sleep" ? next.until : now;
  if (until === null) return Number.MAX_SAFE_INTEGER; // Purged: nobody needs to ask ever again.
  const horizonMs = isResting ? OVERDUE_RESTING_MS : OVERDUE_MOVING_MS;
  const latest = Math.max(until, now + horizonMs);
  const earliest = Math.max(until, now + horizonMs / 2);
  return meta.overdueAt >= earliest && meta.overdueAt <= latest ? meta.overdueAt : latest;
}

const watchdogMs = (strikes: number): number =>
  Math.min(WATCHDOG_FIRST_MS * 2 ** Math.min(strikes - 1, 10), WATCHDOG_LAST_MS);

function logPass(ports: DriverPorts, state: State, move: string, outcome: string): void {
  ports.logger.info("deployment.pass", {
    deploymentId: state.identity.id,
    generation: state.spec.generation,
    phase: phaseOf(state),
    step: state.status.step?.name ?? null,
    move,
    outcome,
  });
}
