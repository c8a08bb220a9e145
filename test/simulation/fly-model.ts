import type { Effect, EffectOutcome, Look, MachineSeen, Seen } from "../../worker/domain/deployment/moves.ts";
import { METADATA } from "../../worker/domain/deployment/names.ts";
import type { State } from "../../worker/domain/deployment/state.ts";
import type { Outcome } from "../../worker/domain/outcome.ts";
import type { Hands } from "../../durable-objects/deployment/driver.ts";

/**
 * Fly in memory, at the height of what the driver asks of it: what exists, in which state, and what a call does to it.
 * Time is the simulation's. Nothing here is shared with the product beyond its words.
 */
export type ModelMachine = MachineSeen & {
  volumeId: string;
  startsAt: number | null;
  stopsAt: number | null;
};

export class FlyModel {
  now = 1_000_000;
  hasApp = false;
  hasIp = false;
  volumes: { id: string; region: string; sizeGb: number }[] = [];
  machines: ModelMachine[] = [];
  secretsVersion = 0;
  /** How many machines were ever started at one moment, and how many volumes were destroyed. */
  startedAtOnceMax = 0;
  volumesDestroyed = 0;
  #ids = 0;

  readonly hands: Hands = {
    look: async (state, look) => this.look(state, look),
    act: async (state, effect) => this.act(state, effect),
  };

  /** A second of boot, a second of stop: whatever is due by now has happened. */
  settle(): void {
    for (const machine of this.machines) {
      if (machine.startsAt !== null && this.now >= machine.startsAt)
        Object.assign(machine, {
          state: "started",
          checks: "passing",
          startedAt: machine.startsAt,
          startsAt: null,
        });
      if (machine.stopsAt !== null && this.now >= machine.stopsAt)
        Object.assign(machine, { state: "stopped", checks: "none", stopsAt: null });
    }
    const started = this.machines.filter(({ state }) => state === "started").length;
    this.startedAtOnceMax = Math.max(this.startedAtOnceMax, started);
  }

  look(_: State, look: Look): Seen {
    this.settle();
    switch (look.kind) {
      case "app":
        return { look: "app", outcome: this.hasApp ? ok({ organization: "sim" }) : gone };
      case "ip":
        return { look: "ip", outcome: ok(this.hasIp ? { address: "1.2.3.4" } : null) };
      case "volume":
        return { look: "volume", outcome: ok(this.volumes[0] ?? null) };
      case "machines":
        return { look: "machines", outcome: ok(this.machines.map((machine) => ({ ...machine }))) };
      case "machine": {
        const machine = this.machines.find(({ id }) => id === look.id);
        return { look: "machine", outcome: machine === undefined ? gone : ok({ ...machine }) };
      }
      case "wait": {
        // Fly holds the call until the state is there; here time jumps to it.
        const machine = this.machines.find(
          ({ id, instanceId }) => id === look.id && instanceId === look.instanceId,
        );
        if (machine === undefined) return { look: "wait", until: look.until, outcome: gone };
        const due = look.until === "started" ? machine.startsAt : machine.stopsAt;
        if (due !== null && due <= this.now + look.timeoutSeconds * 1000) this.now = Math.max(this.now, due);
        this.settle();
        const reached: Outcome<null> =
          machine.state === look.until ? ok(null) : { kind: "conflict", detail: machine.state };
        return { look: "wait", until: look.until, outcome: reached };
      }
      case "gateway":
        return { look: "gateway", outcome: ok(null) };
    }
  }

  act(state: State, { kind }: Effect): EffectOutcome {
    this.settle();
    const machine = this.#known(state);
    switch (kind) {
      case "create_app":
        if (this.hasApp) return { effect: kind, outcome: { kind: "conflict", detail: "name_taken" } };
        this.hasApp = true;
        return { effect: kind, outcome: ok(null) };
      case "assign_ip":
        this.hasIp = true;
        return { effect: kind, outcome: ok({ address: "1.2.3.4" }) };
      case "create_volume": {
        const volume = { id: this.#id("vol"), region: state.spec.region, sizeGb: 3 };
        this.volumes.push(volume);
        return { effect: kind, outcome: ok(volume) };
      }
      case "set_secrets":
        this.secretsVersion += 1;
        return { effect: kind, outcome: ok({ version: this.secretsVersion }) };
      case "create_machine": {
        const volumeId = state.status.volume.is === "known" ? state.status.volume.id : "";
        const twin = this.machines.find((other) => other.volumeId === volumeId);
        // Names are unique at Fly, and ours names the volume.
        if (twin !== undefined)
          return { effect: kind, outcome: { kind: "conflict", detail: "already_exists" } };
        const created = this.#boot(state, this.#id("machine"), volumeId);
        this.machines.push(created);
        return { effect: kind, outcome: ok({ ...created }) };
      }
      case "update_machine":
        if (machine === null) return { effect: kind, outcome: gone };
        Object.assign(machine, this.#boot(state, machine.id, machine.volumeId));
        return { effect: kind, outcome: ok({ ...machine }) };
      case "start_machine":
      case "restart_machine":
        if (machine === null) return { effect: kind, outcome: gone };
        Object.assign(machine, {
          state: "starting",
          checks: "none",
          startsAt: this.now + 1000,
          stopsAt: null,
        });
        return { effect: kind, outcome: ok(null) };
      case "stop_machine":
        if (machine === null) return { effect: kind, outcome: gone };
        if (machine.state !== "stopped")
          Object.assign(machine, {
            state: "stopping",
            checks: "none",
            startsAt: null,
            stopsAt: this.now + 1000,
          });
        return { effect: kind, outcome: ok(null) };
      case "delete_machine":
        this.machines = this.machines.filter((other) => other !== machine);
        return { effect: kind, outcome: machine === null ? gone : ok(null) };
      case "delete_volume":
        this.volumesDestroyed += this.volumes.length;
        this.volumes = [];
        return { effect: kind, outcome: ok(null) };
      case "delete_app":
        this.hasApp = false;
        this.hasIp = false;
        this.machines = [];
        return { effect: kind, outcome: ok(null) };
    }
  }

  #known({ status }: State): ModelMachine | null {
    const { machine } = status;
    return machine.is === "known" ? (this.machines.find(({ id }) => id === machine.id) ?? null) : null;
  }

  #boot({ identity, spec }: State, id: string, volumeId: string): ModelMachine {
    return {
      id,
      instanceId: this.#id("instance"),
      state: "created",
      metadata: { [METADATA.deployment]: identity.id, [METADATA.generation]: String(spec.configGeneration) },
      checks: "none",
      createdAt: this.now,
      startedAt: null,
      lastExit: null,
      pull: null,
      failure: null,
      volumeId,
      startsAt: this.now + 1000,
      stopsAt: null,
    };
  }

  #id(kind: string): string {
    this.#ids += 1;
    return `${kind}-${this.#ids}`;
  }
}

const ok = <T>(value: T): Outcome<T> => ({ kind: "ok", value });
const gone: Outcome<never> = { kind: "not_found" };
