import { DAY_MS, HOUR_MS } from "../../worker/platform/clock.ts";
import { PLANS } from "../../worker/domain/plans.ts";
import type { Plane } from "./plane.ts";
import type { Truth } from "./truth.ts";
import { liveOf, truthOf } from "./truth.ts";

/** What was true at Stripe and since when, looked at whenever something happens there. */
export class Violation extends Error {}

/** What grants a machine: paid, or late for less than this. Ours is noticed within a day, if nobody tells us. */
const GRACE_MS = 7 * DAY_MS;
/** Between the last right to run and the end of the data, at the least: retention and the tombstone's day. */
const KEPT_MS = 31 * DAY_MS;
const KEPT_AFTER_TRIAL_MS = 8 * DAY_MS;

export class History {
  readonly #plane: Plane;
  readonly trialEndsAt: number;
  readonly all: { at: number; truth: Truth }[] = [];

  constructor(plane: Plane) {
    this.#plane = plane;
    this.trialEndsAt = plane.time.now + PLANS.trial.days * DAY_MS;
    plane.shop.onChange = () => this.look();
    plane.machines.onDestroy = () => this.#mayDestroy();
  }

  look(): Truth {
    const { shop, accountId, time } = this.#plane;
    const truth = truthOf(shop.world.store, accountId, time.now);
    const last = this.all.at(-1);
    if (last?.truth.is !== truth.is) this.all.push({ at: time.now, truth });
    const live = liveOf(shop.world.store, accountId);
    if (live.length > 1) this.broken ??= `There are ${live.length} live subscriptions at once.`;
    return truth;
  }

  broken: string | null = null;

  /** How long it has been so. */
  sinceOf = (): number => this.all.at(-1)?.at ?? 0;

  get wasBought(): boolean {
    return this.all.some(({ truth }) => truth.is !== "none");
  }

  /** The last moment at which machines had a right to run. */
  #lastRight(): number {
    const { now } = this.#plane.time;
    return this.all.reduce((last, { at, truth }, index) => {
      const until = this.all[index + 1]?.at ?? now;
      if (truth.is === "paid") return until;
      return truth.is === "late" ? Math.min(until, at + GRACE_MS) : last;
    }, this.trialEndsAt);
  }

  #mayDestroy(): void {
    const truth = this.look();
    const { now } = this.#plane.time;
    const keptMs = this.wasBought ? KEPT_MS : KEPT_AFTER_TRIAL_MS;
    if (truth.is === "paid" || truth.is === "disputed")
      this.broken ??= `Data is destroyed although it is ${truth.is}.`;
    // Bought and over within the trial and unseen, it was a trial's end for us.
    const early = this.#lastRight() + keptMs - now;
    if (
      early > HOUR_MS &&
      !(now >= this.trialEndsAt + KEPT_AFTER_TRIAL_MS && this.#lastRight() <= this.trialEndsAt)
    )
      this.broken ??= `Data is destroyed ${(early / DAY_MS).toFixed(1)} days too early.`;
  }
}
