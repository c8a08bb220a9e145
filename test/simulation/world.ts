import type { DriverPorts, Hands } from "../../durable-objects/deployment/driver.ts";
import { runAlarm } from "../../durable-objects/deployment/driver.ts";
import { hands } from "../../durable-objects/deployment/hands.ts";
import { accept } from "../../worker/domain/deployment/intent.ts";
import { operate, requestBackup, stageSecrets } from "../../worker/domain/deployment/operate.ts";
import { termsOf } from "../../worker/domain/deployment/terms.ts";
import type { UsageTold } from "../../worker/domain/deployment/meter-schema.ts";
import type { TimelineEvent } from "../../worker/domain/deployment/moves.ts";
import { phaseOf, RESTING_PHASES } from "../../worker/domain/deployment/phase.ts";
import type { State } from "../../worker/domain/deployment/state.ts";
import { initialState } from "../../worker/domain/deployment/state.ts";
import type { Snapshot } from "../../worker/domain/deployment/view.ts";
import type { AccountId, DeploymentId } from "../../worker/domain/ids.ts";
import { usageRecordId } from "../../worker/domain/usage-record.ts";
import { silentLogger } from "../../worker/platform/logger.ts";
import { redactor } from "../../worker/platform/redact.ts";
import { ok } from "../../worker/platform/result.ts";
import type { Result } from "../../worker/platform/result.ts";
import type { Dice } from "./dice.ts";
import { Faults } from "./faults.ts";
import { flyApi } from "./fly/api.ts";
import { REVISION, SECRET } from "./fly/entities.ts";
import { FlyModel } from "./fly/model.ts";
import type { CrashPoint, Fault, Script, Wish } from "./script.ts";
import { mortal, SimulatedStore } from "./store.ts";

/** A process that died: thrown at a chosen point, caught by whoever plays the platform. */
class Crash extends Error {
  override name = "Crash";
}

const CALL_MS = 100;
const STARTED_AT = 1_000_000_000;
/** The platform tries an alarm that threw again after this. */
const RETRY_MS = 2_000;
const PASSES_ENDLESS = 5_000;

/** D1's row, as the projection left it. */
export type Row = { version: number; snapshot: Snapshot; overdueAt: number };

/**
 * One deployment, its alarm, its row in D1 and Fly, in one thread of time. The driver, the hands and all rules are the
 * product's own.
 */
export class World {
  readonly fly = new FlyModel();
  readonly store = new SimulatedStore();
  readonly faults: Faults;
  alarmAt: number | null;
  row: Row | null = null;
  /** D1's rows of what was used, by the record's id. */
  readonly usage = new Map<string, UsageTold>();
  /** Calls to Fly so far: what the script counts. */
  calls = 0;
  /** Alarms set, and projections written to D1. */
  armed = 0;
  projections = 0;
  usageRows = 0;
  steps = 0;
  deaths = 0;
  /** Deaths by the point and the faults just before. */
  readonly cells: [Fault, CrashPoint][] = [];
  /** The newest wish that was accepted: it may never be lost again. */
  accepted = 0;
  /** Answers to wishes, for the story. */
  readonly answers: { wish: Wish; ok: boolean; detail: string; at: number }[] = [];
  readonly isTold: boolean;
  /** What it did, in words, for the story. */
  readonly moves: string[] = [];
  /** When Fly refused, or didn't answer, the newest acts; the oldest first. */
  readonly refusedAt: number[] = [];
  /** Called after every pass. */
  check: () => void = () => undefined;
  readonly #script: Script;
  readonly #done = new Set<number>();
  readonly #dice: Dice;
  readonly #hands: Hands;
  #isDead = false;
  #wishes = 0;
  /** The vault's newest. */
  secretsRevision = 0;

  /** `isTold`: keeps the moves for a story. */
  constructor(script: Script, dice: Dice, isTold: boolean) {
    this.isTold = isTold;
    this.#script = script;
    this.#dice = dice;
    this.faults = new Faults(this.fly);
    this.store.commit(newborn(this.fly.now), []);
    this.store.setMeta({ projectedAt: this.fly.now });
    this.alarmAt = this.fly.now;
    this.#hands = hands({
      fly: flyApi(this.fly),
      organization: "sim",
      imageBase: "registry.example/launchpad",
      defaults: {},
      doorKeys: { keys: [] },
      originOf: (slug) => `https://${slug}.example`,
      secrets: {
        at: async (revision) => ({
          kind: "ok",
          value: { OPENCLAW_GATEWAY_PASSWORD: SECRET, [REVISION]: String(revision) },
        }),
        names: async () => ({ kind: "ok", value: ["OPENCLAW_GATEWAY_PASSWORD", REVISION] }),
        redact: async (text) => redactor([SECRET])(text),
      },
      lastLines: async () => ({ kind: "ok", value: ["the last line"] }),
      signal: () => new AbortController().signal,
    });
  }

  get now(): number {
    return this.fly.now;
  }

  /** When it wakes next: by its alarm, or by the sweep that finds its row overdue; null: never. */
  get nextAt(): number | null {
    if (this.alarmAt !== null) return this.alarmAt;
    const at = this.row === null ? this.now + 60_000 : this.row.overdueAt;
    return at > Number.MAX_SAFE_INTEGER / 2 ? null : at;
  }

  /** Lets time pass up to the next alarm and runs it. `false`: it sleeps for ever. */
  async fire(): Promise<boolean> {
    this.#betweenPasses();
    const at = this.nextAt;
    if (at === null) return false;
    this.fly.passTime(at);
    this.alarmAt = null;
    this.faults.nextAlarm(RESTING_PHASES.includes(phaseOf(this.store.state)));
    try {
      await runAlarm(this.#ports());
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
      this.#reborn();
    }
    if (this.faults.take("duplicate alarm")) this.alarmAt = this.now;
    this.#step();
    return true;
  }

  /** As its RPC does; refusals are answers, too. */
  wish(wish: Wish): void {
    const told = this.#decideWish(wish);
    this.answers.push({ wish, ok: told.ok, detail: told.ok ? "" : told.detail, at: this.now });
    if (!told.ok) return;
    const { state, events } = told.value;
    if (state === this.store.state) return;
    this.store.commit(state, events);
    this.accepted = state.spec.generation;
    this.alarmAt = this.now;
  }

  #decideWish(wish: Wish): Result<{ state: State; events: readonly TimelineEvent[] }> {
    const { state } = this.store;
    switch (wish.kind) {
      case "restore newest": {
        // Nobody in their senses asks for what a failed version left.
        const backup = state.status.backups.find(
          ({ kind, status }) => kind !== "replaced" && status === "created",
        );
        return accept(state, { kind: "restore", snapshotId: backup?.snapshotId ?? "none" }, this.now);
      }
      case "grow": {
        const diskGb = state.spec.diskGb + wish.byGb;
        return accept(state, { kind: "update", diskGb, secretsRevision: this.secretsRevision }, this.now);
      }
      case "plan":
        return accept(state, { kind: "terms", terms: termsOf(wish.plan) }, this.now);
      case "change a secret":
        this.secretsRevision += 1;
        return ok({ state: stageSecrets(state, this.secretsRevision), events: [] });
      case "start":
      case "restart":
      case "retry":
      case "update":
        // As the use-case does: whoever boots anew gets the newest.
        return accept(state, { ...wish, secretsRevision: this.secretsRevision }, this.now);
      case "backup":
        this.#wishes += 1;
        return requestBackup(state, `bkp_wish${this.#wishes}`, this.now);
      case "pause":
      case "resume":
        return operate(state, { kind: wish.kind }, this.now);
      default:
        return accept(state, wish, this.now);
    }
  }

  /** A new incarnation: memory is gone, and the constructor re-arms where there is no alarm. */
  #reborn(): void {
    this.#isDead = false;
    this.deaths += 1;
    this.store.forget();
    this.alarmAt ??= this.now + RETRY_MS;
  }

  #betweenPasses(): void {
    for (const [index, entry] of this.#script.entries()) {
      if (this.#done.has(index) || entry.what !== "wish" || entry.during || entry.call > this.calls) continue;
      this.#done.add(index);
      this.wish(entry.wish);
    }
  }

  /** What the script has for the call that begins now. */
  #atCall(): void {
    this.calls += 1;
    for (const [index, entry] of this.#script.entries()) {
      if (entry.call > this.calls) break;
      if (this.#done.has(index)) continue;
      if (entry.what === "fault") {
        this.#done.add(index);
        this.faults.inject(entry.fault);
      } else if (entry.what === "wish" && entry.during) {
        this.#done.add(index);
        this.wish(entry.wish);
      }
    }
  }

  readonly #mayDie = (point: CrashPoint): void => {
    this.#live();
    for (const [index, entry] of this.#script.entries()) {
      if (entry.call > this.calls) return;
      if (this.#done.has(index) || entry.what !== "crash" || entry.point !== point) continue;
      this.#done.add(index);
      for (const fault of this.faults.recent()) this.cells.push([fault, point]);
      this.#isDead = true;
      throw new Crash(point);
    }
  };

  /** Nothing that belongs to a dead process may do anything any more. */
  readonly #live = (): void => {
    if (this.#isDead) throw new Crash("dead");
  };

  #tell(move: string, outcome: string): void {
    if (!this.isTold) return;
    const { status } = this.store.state;
    const at = Math.round((this.now - STARTED_AT) / 1000);
    this.moves.push(
      `  ${this.calls} +${at}s ${phaseOf(this.store.state)} (${status.step?.name ?? "-"}): ${move} → ${outcome}`,
    );
  }

  #step(): void {
    this.steps += 1;
    if (this.steps > PASSES_ENDLESS) throw new Error("It never comes to rest.");
    this.check();
  }

  #ports(): DriverPorts {
    return {
      store: mortal(this.store, this.#mayDie, this.#live),
      clock: { now: () => this.now, toPlatform: (at) => at },
      random: { fraction: () => this.#dice.fraction(), bytes: (length) => new Uint8Array(length) },
      logger: silentLogger,
      arm: (at) => {
        this.#live();
        this.armed += 1;
        this.alarmAt = at;
        if (at !== null && at > this.now + 1 && this.faults.take("lost alarm")) this.alarmAt = null;
      },
      announce: () => undefined,
      project: async ({ version, snapshot, usage, overdueAt }) => {
        this.#mayDie("before projection");
        if (this.now < this.faults.d1DownUntil) throw new Error("D1 is down.");
        this.projections += 1;
        // The statement's own guard: only a newer version overwrites.
        if (this.row === null || version >= this.row.version) this.row = { version, snapshot, overdueAt };
        for (const told of usage) {
          const id = usageRecordId(told.record);
          if (told.version > (this.usage.get(id)?.version ?? 0)) this.usage.set(id, told);
        }
        this.usageRows += usage.length;
        this.#mayDie("after projection");
      },
      hands: {
        look: async (state, look) => {
          this.#mayDie("before look");
          this.#atCall();
          this.fly.passTime(this.now + CALL_MS);
          const seen = await this.faults.look(() => this.#hands.look(state, look));
          this.#tell(`look ${look.kind}`, seen.outcome.kind);
          this.#mayDie("after look");
          this.#step();
          return seen;
        },
        act: async (state, effect) => {
          this.#mayDie("before act");
          this.#atCall();
          this.fly.passTime(this.now + CALL_MS);
          const result = await this.faults.act(() => this.#hands.act(state, effect), effect.kind);
          this.#tell(`act ${effect.kind}`, result.outcome.kind);
          if (result.outcome.kind !== "ok") this.refusedAt.push(this.now);
          this.#mayDie("after act");
          this.#step();
          return result;
        },
      },
    };
  }
}

const newborn = (now: number): State =>
  initialState({
    identity: {
      id: "dep_01jd0000000000000000000000" as DeploymentId,
      accountId: "acct_01jd0000000000000000000000" as AccountId,
      name: "Simulated",
      slug: "simulated-abcdefgh",
      createdAt: now,
      controlPlaneId: "sim",
    },
    spec: {
      runtime: "openclaw",
      runtimeVersion: "v1",
      region: "fra",
      tier: "shared",
      terms: termsOf("dedicated"),
      config: {},
      retentionDays: 7,
    },
  });
