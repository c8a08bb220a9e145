import type { EffectOutcome, Seen } from "../../worker/domain/deployment/moves.ts";
import type { EffectKind } from "../../worker/domain/deployment/state.ts";
import type { Problem } from "../../worker/domain/outcome.ts";
import type { FlyModel } from "./fly/model.ts";
import type { Fault } from "./script.ts";

/** Brings a fault about: at once where it befalls Fly or time, at the call under way where it befalls that. */
const MINUTE = 60_000;
const FLY_DOWN_MS = 10 * MINUTE;
const HOST_GONE_MS = 7 * MINUTE;
const D1_DOWN_MS = MINUTE;
const FULL_MS = 8 * MINUTE;
const JUMP_MS = 60 * MINUTE;
const STRANGERS_LEASE_MS = 5 * MINUTE;
/** Reads lag behind by this much at most (`VISIBILITY_MS` counts on less than 15 s). */
const LAG_MS = 10_000;
/** A fault's aftermath lasts until the deployment has come to rest, and at least so many alarms. */
const RECENT_ALARMS = 15;

export class Faults {
  readonly injected = new Map<Fault, number>();
  d1DownUntil = 0;
  #flyDownUntil = 0;
  #lastAt = 0;
  /** Faults that wait for the next thing they can befall. */
  readonly #waiting = new Set<Fault>();
  #recent: { fault: Fault; alarms: number }[] = [];
  #past: { seen: Seen; at: number } | null = null;
  readonly #fly: FlyModel;

  constructor(fly: FlyModel) {
    this.#fly = fly;
  }

  /** When every outage is over. */
  get overAt(): number {
    return Math.max(this.#lastAt, this.d1DownUntil, this.#flyDownUntil, this.#fly.fullUntil);
  }

  nextAlarm(isResting: boolean): void {
    this.#recent = this.#recent
      .map(({ fault, alarms }) => ({ fault, alarms: alarms + 1 }))
      .filter(({ alarms }) => !isResting || alarms < RECENT_ALARMS);
  }

  recent(): readonly Fault[] {
    return this.#recent.map(({ fault }) => fault);
  }

  /** Whether a fault of this kind waits; it is used up, and what it does begins only now. */
  take(fault: Fault): boolean {
    const isTaken = this.#waiting.delete(fault);
    if (isTaken) this.#lastAt = this.#fly.now;
    return isTaken;
  }

  inject(fault: Fault): void {
    this.injected.set(fault, (this.injected.get(fault) ?? 0) + 1);
    this.#recent.push({ fault, alarms: 0 });
    this.#befall(fault);
    // After it: a jump of the clock is over where it lands.
    this.#lastAt = this.#fly.now;
  }

  #befall(fault: Fault): void {
    const fly = this.#fly;
    const [live] = fly.live();
    switch (fault) {
      case "crash":
        if (live !== undefined) fly.kill(live, { code: 1, oomKilled: false }, 3);
        return;
      case "crash loop":
        if (live !== undefined) fly.kill(live, { code: 1, oomKilled: false }, 0);
        return;
      case "refuses config":
        if (live !== undefined) fly.kill(live, { code: 78, oomKilled: false }, 0);
        return;
      case "out of memory":
        if (live !== undefined) fly.kill(live, { code: null, oomKilled: true }, 3);
        return;
      case "host gone":
        this.#flyDownUntil = fly.now + HOST_GONE_MS;
        if (live !== undefined) fly.kill(live, { code: null, oomKilled: false }, 0);
        return;
      case "slow image":
        fly.slowImage = true;
        return;
      case "clock jump":
        fly.passTime(fly.now + JUMP_MS);
        return;
      case "fly down":
        this.#flyDownUntil = fly.now + FLY_DOWN_MS;
        return;
      case "d1 down":
        this.d1DownUntil = fly.now + D1_DOWN_MS;
        return;
      case "region full":
        fly.fullUntil = fly.now + FULL_MS;
        return;
      case "host tight":
        for (const volume of fly.volumes) volume.isTight = true;
        return;
      case "stopped by hand":
        if (live !== undefined) fly.stop(live);
        return;
      case "destroyed by hand":
        if (live !== undefined) fly.destroyMachine(live);
        return;
      case "changed by hand":
        if (live !== undefined) live.image = "registry.example/launchpad/openclaw:by-hand";
        return;
      case "lease of a stranger":
        for (const machine of fly.machines)
          machine.lease = { nonce: "stranger", expiresAt: fly.now + STRANGERS_LEASE_MS };
        return;
      default:
        this.#waiting.add(fault);
    }
  }

  async look(see: () => Promise<Seen>): Promise<Seen> {
    const seen = await see();
    if (this.#isDown()) return { ...seen, outcome: unavailable };
    if (this.take("lost answer") || this.take("lost request") || this.take("server error"))
      return { ...seen, outcome: unavailable };
    if (this.take("timeout 408")) return { ...seen, outcome: conflict("deadline_exceeded") };
    if (this.take("not found")) return { ...seen, outcome: { kind: "not_found" } };
    if (this.take("rate limited")) return { ...seen, outcome: { kind: "rate_limited", retryAfterMs: 5_000 } };
    const past = this.#past;
    const isLagging = past?.seen.look === seen.look && this.#fly.now - past.at < LAG_MS;
    if (isLagging && this.take("stale read")) return past.seen;
    this.#past = { seen, at: this.#fly.now };
    return seen;
  }

  async act(doIt: () => Promise<EffectOutcome>, kind: EffectKind): Promise<EffectOutcome> {
    const instead = (outcome: Problem): EffectOutcome => ({ effect: kind, outcome });
    if (this.#isDown() || this.take("lost request")) return instead(unknown);
    if (this.take("rate limited")) return instead({ kind: "rate_limited", retryAfterMs: null });
    if (this.take("conflict 409")) return instead(conflict("aborted: lease currently held"));
    if (this.take("precondition 412")) return instead(conflict("failed_precondition"));
    if (this.take("not found")) return instead({ kind: "not_found" });
    const result = await doIt();
    if (this.take("lost answer") || this.take("timeout 408") || this.take("server error"))
      return instead(unknown);
    return result;
  }

  #isDown(): boolean {
    return this.#fly.now < this.#flyDownUntil;
  }
}

const unknown: Problem = { kind: "unknown_outcome", detail: "Fly did not answer." };
const unavailable: Problem = { kind: "unavailable", detail: "Fly did not answer." };
const conflict = (detail: string): Problem => ({ kind: "conflict", detail });
