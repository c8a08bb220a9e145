import type { DriverPorts, DriverStore } from "../../durable-objects/deployment/driver.ts";
import { runAlarm } from "../../durable-objects/deployment/driver.ts";
import type { Debt, Meta } from "../../durable-objects/deployment/records.ts";
import { NEW_META } from "../../durable-objects/deployment/records.ts";
import { accept } from "../../worker/domain/deployment/intent.ts";
import type { Intent } from "../../worker/domain/deployment/intent.ts";
import type { TimelineEvent } from "../../worker/domain/deployment/moves.ts";
import type { State } from "../../worker/domain/deployment/state.ts";
import { initialState, stateSchema } from "../../worker/domain/deployment/state.ts";
import type { Snapshot } from "../../worker/domain/deployment/view.ts";
import type { Problem } from "../../worker/domain/outcome.ts";
import { instanceOf, snapshotOf } from "../../worker/domain/deployment/view.ts";
import type { AccountId, DeploymentId } from "../../worker/domain/ids.ts";
import { silentLogger } from "../../worker/platform/logger.ts";
import type { FlyModel } from "./fly-model.ts";

/** A process that died: thrown at a chosen point, caught by whoever plays the platform. */
class Crash extends Error {}

/**
 * One deployment's object without Cloudflare: the real driver on storage that survives, an alarm, and a counter of the
 * points at which everything could die. Every load parses what the last commit serialised.
 */
export class SimulatedDeployment {
  alarmAt: number | null = null;
  readonly told: { version: number; snapshot: Snapshot }[] = [];
  readonly events: TimelineEvent[] = [];
  /** How often a point was passed at which it may die; `dieAt` names the one at which it does. */
  points = 0;
  dieAt: number | null = null;
  /** A wish that arrives by RPC while a pass waits for Fly. */
  changeOfMind: { at: number; wish: Intent } | null = null;
  /** How many calls to Fly were made, and what befalls one of them. */
  calls = 0;
  fault: { call: number; problem: Problem; /** The change is made all the same. */ happens: boolean } | null =
    null;
  #document: string;
  #meta: Meta = { ...NEW_META };
  readonly #fly: FlyModel;

  constructor(fly: FlyModel) {
    this.#fly = fly;
    this.#document = JSON.stringify(
      initialState({
        identity: {
          id: "dep_01jd0000000000000000000000" as DeploymentId,
          accountId: "acct_01jd0000000000000000000000" as AccountId,
          name: "Simulated",
          slug: "simulated-abcdefgh",
          createdAt: fly.now,
          controlPlaneId: "sim",
        },
        spec: {
          runtime: "openclaw",
          runtimeVersion: "2026.9.6",
          region: "fra",
          tier: "shared",
          config: {},
          retentionDays: 7,
        },
      }),
    );
    this.#meta.projectedAt = fly.now;
    this.alarmAt = fly.now;
  }

  get state(): State {
    return stateSchema.parse(JSON.parse(this.#document));
  }

  get snapshot(): Snapshot {
    return snapshotOf(this.state, (slug) => `https://${slug}.example`);
  }

  intend(intent: Intent): void {
    const accepted = accept(this.state, intent, this.#fly.now);
    if (!accepted.ok) throw new Error(accepted.detail);
    this.#commit(accepted.value.state, accepted.value.events);
    this.alarmAt = this.#fly.now;
  }

  /** Runs one alarm, which may die on the way; the platform then keeps the alarm that was armed first. */
  async fire(): Promise<"done" | "died"> {
    if (this.alarmAt === null) throw new Error("There is no alarm.");
    this.#fly.now = Math.max(this.#fly.now, this.alarmAt);
    this.alarmAt = null;
    try {
      await runAlarm(this.#ports());
      return "done";
    } catch (error) {
      if (error instanceof Crash) return "died";
      throw error;
    }
  }

  #mayDie(): void {
    this.points += 1;
    if (this.points === this.dieAt) throw new Crash("killed here");
  }

  #strike(): Problem | null {
    this.calls += 1;
    if (this.calls === this.changeOfMind?.at) this.intend(this.changeOfMind.wish);
    return this.fault !== null && this.calls === this.fault.call ? this.fault.problem : null;
  }

  #commit(next: State, events: readonly TimelineEvent[]): { changed: boolean } {
    const document = JSON.stringify(stateSchema.parse(next));
    const changed = document !== this.#document;
    if (changed)
      this.#meta = {
        ...this.#meta,
        version: this.#meta.version + 1,
        instanceVersion: this.#meta.version + 1,
      };
    this.#document = document;
    this.events.push(...events);
    return { changed };
  }

  #ports(): DriverPorts {
    const fly = this.#fly;
    const store: DriverStore = {
      load: () => this.state,
      commit: (next, events) => {
        this.#mayDie();
        const result = this.#commit(next, events);
        this.#mayDie();
        return result;
      },
      debt: (state, overdueAt): Debt | null =>
        this.#meta.version > this.#meta.projectedVersion || overdueAt !== this.#meta.overdueAt
          ? {
              version: this.#meta.version,
              snapshot: this.snapshot,
              instance: instanceOf(state),
              events: [],
              overdueAt,
            }
          : null,
      settle: (debt, now) => {
        this.#meta = {
          ...this.#meta,
          projectedVersion: debt.version,
          projectedAt: now,
          overdueAt: debt.overdueAt,
        };
      },
      meta: () => this.#meta,
      setMeta: (patch) => {
        this.#meta = { ...this.#meta, ...patch };
      },
    };
    return {
      store,
      clock: { now: () => fly.now, toPlatform: (at) => at },
      random: { fraction: () => 0.5, bytes: (length) => new Uint8Array(length) },
      logger: silentLogger,
      arm: (at) => {
        this.alarmAt = at;
      },
      announce: () => undefined,
      project: async ({ version, snapshot }) => {
        this.#mayDie();
        this.told.push({ version, snapshot });
        this.#mayDie();
      },
      hands: {
        look: async (state, look) => {
          this.#mayDie();
          const seen = await fly.hands.look(state, look);
          this.#mayDie();
          const problem = this.#strike();
          return problem === null ? seen : { ...seen, outcome: problem };
        },
        act: async (state, effect) => {
          this.#mayDie();
          const problem = this.#strike();
          if (problem !== null && this.fault?.happens === false)
            return { effect: effect.kind, outcome: problem };
          const result = await fly.hands.act(state, effect);
          this.#mayDie();
          return problem === null ? result : { effect: effect.kind, outcome: problem };
        },
      },
    };
  }
}
