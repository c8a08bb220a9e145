import type { Backend, Exit, Running } from "./backends/backend.ts";
import { type CheckResult, type RunningChecks, startChecks } from "./checks.ts";
import type { Clock } from "./clock.ts";
import { parseDuration } from "./durations.ts";
import type { Machine } from "./entities.ts";
import { exitEvent } from "./exit-event.ts";
import { pullImage } from "./image-pull.ts";
import type { Logs } from "./logs.ts";
import type { MachineConfig } from "./machine-config.ts";
import { launchOf } from "./machine-launch.ts";
import { createMachineNotes } from "./machine-notes.ts";
import type { MachineRecords } from "./machine-records.ts";
import { recoverMachine } from "./machine-recovery.ts";
import { decideRestart } from "./restart-policy.ts";
import { signalOf } from "./signals.ts";
import type { Store } from "./store.ts";
import { createWakeUp, type WakeUp } from "./wake-up.ts";

/**
 * Drives every machine to what its record asks for. Routes change the record (`desired`, `instanceId`,
 * `restartPending`) and call `kick`; one loop per machine then pulls, starts, stops and destroys until process and
 * record agree, looking at the record again after each step. So an order that arrives in the middle of another needs
 * no special case, and a killed server goes on where it was.
 *
 * Invariants: at most one process per machine; the record says a process may exist (`run`) before one does; a
 * machine is `destroyed` only when its process is gone.
 */
export type Driver = {
  /** Tells that a machine's record asks for something else now. */
  kick(id: string): void;
  /** How the next stop is done, where a call said so. */
  orderStop(id: string, order: StopOrder): void;
  /** Cuts short a stop that is waiting for the process. */
  hurry(id: string): void;
  runningOf(id: string): Running | null;
  checksOf(id: string): CheckResult[];
  /** Finds the processes an earlier server left running, and starts what ought to run. */
  recover(): Promise<void>;
  /** Stops every process, as a host does that goes down: the machines are wanted again at the next start. */
  close(): Promise<void>;
};

export type StopOrder = { signal?: NodeJS.Signals; timeoutMs?: number };

type Live = { running: Running; instanceId: string; config: MachineConfig; checks: RunningChecks };

type Actor = {
  id: string;
  live: Live | null;
  isStopping: boolean;
  loop: Promise<void> | null;
  /** The record changed since the loop began its present round. */
  isKicked: boolean;
  /** Ends the loop's present wait (a pull, a pause) because the record changed. */
  wake: WakeUp;
  order: StopOrder | null;
  /** The image this server has seen to. What an earlier one had may have been cleared away since. */
  readyImage: string | null;
  /** No start by the restart policy before this (monotonic ms). */
  notBefore: number;
};

export type DriverDeps = {
  store: Store;
  records: MachineRecords;
  backend: Backend;
  logs: Logs;
  clock: Clock;
};

/** Fly's default stop (superfly/docs reference/configuration: kill_signal, kill_timeout). */
const STOP_SIGNAL: NodeJS.Signals = "SIGINT";
const STOP_TIMEOUT_MS = 5_000;
/** How long a machine may take to stop when the server itself is going down. */
const CLOSE_TIMEOUT_MS = 20_000;
/** A stub answers within milliseconds; a real gateway takes seconds, and every try costs it a connection. */
const CHECK_POLL_MS: Readonly<Record<Backend["name"], number>> = { stub: 25, process: 250, podman: 250 };

export function createDriver({ store, records, backend, logs, clock }: DriverDeps): Driver {
  const actors = new Map<string, Actor>();
  const notes = createMachineNotes(logs);
  let closing = false;

  function actorOf(id: string): Actor {
    const known = actors.get(id);
    if (known !== undefined) return known;
    const actor: Actor = {
      id,
      live: null,
      isStopping: false,
      loop: null,
      isKicked: false,
      wake: createWakeUp(),
      order: null,
      readyImage: null,
      notBefore: 0,
    };
    actors.set(id, actor);
    return actor;
  }

  function kick(id: string): void {
    if (closing) return;
    const actor = actorOf(id);
    actor.isKicked = true;
    actor.wake.ring();
    actor.loop ??= loop(actor);
  }

  async function loop(actor: Actor): Promise<void> {
    // Not in the caller's turn: a call is answered with the machine as the call left it.
    await Promise.resolve();
    while (actor.isKicked) {
      actor.isKicked = false;
      await drive(actor);
    }
    actor.loop = null;
  }

  async function drive(actor: Actor): Promise<void> {
    try {
      let isUnfinished = true;
      while (isUnfinished) isUnfinished = !closing && (await step(actor));
    } catch (error) {
      // A bug here or in a backend: the machine shows it, and the server and the other machines live on. One that
      // can't be destroyed stays in `destroying`, as a stuck one does on Fly; the next DELETE tries again.
      console.error(`The machine ${actor.id} can't be driven on:`, error);
      if (records.get(actor.id)?.desired !== "destroyed") {
        records.change(actor.id, { state: "failed", desired: "stopped" });
      }
    } finally {
      actor.isStopping = false;
    }
  }

  /** One step towards what the record asks for; false when there is nothing left to do. */
  async function step(actor: Actor): Promise<boolean> {
    const machine = records.get(actor.id);
    if (machine === undefined || machine.state === "destroyed") return false;
    if (machine.desired === "destroyed") {
      await destroy(actor, machine);
      return false;
    }
    const isOutdated = actor.live !== null && actor.live.instanceId !== machine.instanceId;
    const isStarting = machine.desired === "started" && (actor.live === null || isOutdated);
    const isImageSeenTo = machine.prepared && (!isStarting || actor.readyImage === machine.config.image);
    if (!isImageSeenTo && (isStarting || machine.state === "created")) {
      await pull(actor, machine);
      return true;
    }
    if (actor.live !== null && (machine.desired === "stopped" || machine.restartPending || isOutdated)) {
      await stop(actor, actor.live, machine);
      return true;
    }
    if (actor.live === null && machine.desired === "started") {
      const pauseMs = actor.notBefore - performance.now();
      if (pauseMs > 0) await actor.wake.within(pauseMs);
      else await start(actor, machine);
      return true;
    }
    settle(machine);
    return false;
  }

  /** A machine that was on its way somewhere, without a process and wanted without one, is stopped. */
  function settle(machine: Machine): void {
    if (machine.desired !== "stopped") return;
    if (machine.state === "created" || machine.state === "failed" || machine.state === "stopped") return;
    records.change(machine.id, { state: "stopped", restartPending: false });
  }

  async function pull(actor: Actor, machine: Machine): Promise<void> {
    const outcome = await pullImage({ backend, records, machine, interrupted: actor.wake.once(), notes });
    const current = records.get(machine.id);
    if (outcome.kind === "interrupted" || current?.instanceId !== machine.instanceId) return;
    if (outcome.kind === "failed") return fail(machine, "pull", outcome.message);
    actor.readyImage = machine.config.image;
    if (!machine.prepared) records.change(machine.id, { prepared: true });
  }

  /** Ends in `failed`; a process of an earlier version is stopped by the next step. */
  function fail(machine: Machine, type: "pull" | "start", message: string): void {
    notes.say(machine, message, "error");
    records.change(
      machine.id,
      { state: "failed", desired: "stopped", restartPending: false },
      { type, status: "failed", source: "flyd", request: { message } },
    );
  }

  async function start(actor: Actor, machine: Machine): Promise<void> {
    const { instanceId, config } = machine;
    const startedAt = clock.now();
    // An order for a process that ended by itself isn't one for the next.
    actor.order = null;
    const starting = machine.state === "starting" ? {} : { state: "starting" as const };
    records.change(machine.id, {
      ...starting,
      restartPending: false,
      run: { instanceId, record: null, startedAt },
    });
    let running: Running;
    try {
      const launch = launchOf(
        machine,
        { instanceId, config },
        store.secrets.get(machine.app),
        store.apps.get(machine.app)?.network ?? "",
      );
      running = await backend.start(launch, notes.hooks(machine));
    } catch (error) {
      records.change(machine.id, { run: null });
      fail(machine, "start", error instanceof Error ? error.message : String(error));
      return;
    }
    attach(actor, machine, running, { instanceId, config });
    const run = { instanceId, record: running.record, startedAt };
    // An order that came while the process was being started has already set the state it leads to.
    const isExpected = records.get(machine.id)?.state === "starting";
    records.change(
      machine.id,
      isExpected ? { state: "started", run } : { run },
      isExpected ? { type: "start", status: "started", source: "flyd" } : undefined,
    );
    notes.say(machine, `Machine started in ${Math.round(clock.now() - startedAt)}ms`);
  }

  function attach(
    actor: Actor,
    machine: Machine,
    running: Running,
    version: { instanceId: string; config: MachineConfig },
  ): void {
    const checks = startChecks({
      config: version.config,
      running,
      clock,
      pollMs: CHECK_POLL_MS[backend.name],
      onChange: ({ name, status, output }) =>
        notes.say(
          machine,
          `Health check '${name}' is now ${status}: ${output}`,
          status === "passing" ? "info" : "error",
        ),
    });
    const live: Live = { running, ...version, checks };
    actor.live = live;
    void running.exited.then((exit) => {
      if (actor.live === live && !actor.isStopping && !closing) onExit(actor, live, exit);
    });
  }

  /** The main process ended by itself. */
  function onExit(actor: Actor, live: Live, exit: Exit): void {
    const machine = detach(actor, live);
    if (machine === undefined) return;
    const isWanted = machine.desired === "started";
    const isCurrent = machine.instanceId === live.instanceId && !machine.restartPending;
    const decision = decideRestart(live.config.restart, exit, machine.restarts, clock.now());
    const willRestart = isWanted && (!isCurrent || decision.restart);
    const byPolicy = isWanted && isCurrent && decision.restart;
    const restartCount = machine.restartCount + (byPolicy ? 1 : 0);
    const event = exitEvent(
      exit,
      { requestedStop: !isWanted, restarting: willRestart, restartCount },
      clock.now(),
    );
    notes.exit(machine, exit);
    if (byPolicy) actor.notBefore = performance.now() + decision.pauseMs;
    const restarts = byPolicy ? decision.restarts : machine.restarts;
    const rest = live.config.auto_destroy === true ? ("destroyed" as const) : ("stopped" as const);
    records.change(
      machine.id,
      {
        run: null,
        restarts,
        restartCount,
        ...(byPolicy ? { state: "restarting" as const } : {}),
        ...(isWanted && !willRestart ? { state: "stopped" as const, desired: rest } : {}),
      },
      event,
    );
    kick(machine.id);
  }

  async function stop(actor: Actor, live: Live, machine: Machine): Promise<void> {
    actor.isStopping = true;
    const { signal, timeoutMs } = { ...stopOrderOf(live.config), ...actor.order };
    actor.order = null;
    notes.say(machine, `Sending signal ${signal} to main child process`);
    const exit = await live.running.stop(signal, timeoutMs);
    actor.isStopping = false;
    const current = detach(actor, live);
    if (current === undefined) return;
    notes.exit(current, exit);
    // The old run of an updated machine shows an exit nobody asked for, as observed on Fly (cubepals fake-fly, 2026-10).
    const isReplaced = current.desired === "started" && current.instanceId !== live.instanceId;
    const restarting = current.desired === "started" && current.restartPending;
    const event = exitEvent(exit, { requestedStop: !isReplaced, restarting, restartCount: 0 }, clock.now());
    const isDown = current.desired === "stopped" && current.state !== "failed";
    records.change(
      machine.id,
      { run: null, restartPending: false, ...(isDown ? { state: "stopped" as const } : {}) },
      event,
    );
  }

  async function destroy(actor: Actor, machine: Machine): Promise<void> {
    const { live } = actor;
    if (live !== null) {
      actor.isStopping = true;
      const exit = await live.running.stop("SIGKILL", 0);
      detach(actor, live);
      notes.exit(machine, exit);
      const event = exitEvent(exit, { requestedStop: true, restarting: false, restartCount: 0 }, clock.now());
      records.change(machine.id, { run: null }, event);
    }
    await backend.removeMachine(machine.id);
    records.change(
      machine.id,
      { state: "destroyed", run: null, lease: null, restartPending: false },
      { type: "destroy", status: "destroyed", source: "flyd" },
    );
    actors.delete(machine.id);
  }

  function detach(actor: Actor, live: Live): Machine | undefined {
    live.checks.stop();
    actor.live = null;
    return records.get(actor.id);
  }

  return {
    kick(id) {
      // Whoever gives an order doesn't wait for the pause of a crash loop.
      actorOf(id).notBefore = 0;
      kick(id);
    },
    orderStop: (id, order) => (actorOf(id).order = order),
    hurry(id) {
      const actor = actors.get(id);
      if (actor?.isStopping !== true) return;
      // The stop under way reaps what the signal leaves; a process that is already gone can't take it.
      void actor.live?.running.signal("SIGKILL").catch(() => undefined);
    },
    runningOf: (id) => actors.get(id)?.live?.running ?? null,
    checksOf: (id) => actors.get(id)?.live?.checks.results() ?? [],
    async recover() {
      const unfinished = records.all().filter((machine) => machine.state !== "destroyed");
      await Promise.all(
        unfinished.map((machine) =>
          recoverMachine({ store, records, backend, notes, clock }, machine, (running, version) =>
            attach(actorOf(machine.id), machine, running, version),
          ),
        ),
      );
      for (const machine of unfinished) kick(machine.id);
    },
    async close() {
      closing = true;
      for (const actor of actors.values()) actor.wake.ring();
      await Promise.all([...actors.values()].flatMap((actor) => actor.loop ?? []));
      const lives = [...actors.values()].flatMap((actor) =>
        actor.live === null ? [] : [{ actor, live: actor.live }],
      );
      await Promise.all(lives.map(({ actor, live }) => shutDown(actor, live)));
    },
  };

  async function shutDown(actor: Actor, live: Live): Promise<void> {
    const { signal, timeoutMs } = stopOrderOf(live.config);
    const exit = await live.running.stop(signal, Math.min(timeoutMs, CLOSE_TIMEOUT_MS));
    const machine = detach(actor, live);
    if (machine === undefined) return;
    notes.exit(machine, exit);
    const restarting = machine.desired === "started";
    const event = exitEvent(exit, { requestedStop: !restarting, restarting, restartCount: 0 }, clock.now());
    const isResting = machine.desired !== "destroyed";
    records.change(machine.id, { run: null, ...(isResting ? { state: "stopped" as const } : {}) }, event);
  }
}

/** How a config wants its machine stopped. */
function stopOrderOf({ stop_config: wish }: MachineConfig): Required<StopOrder> {
  return {
    signal: signalOf(wish?.signal) ?? STOP_SIGNAL,
    timeoutMs: parseDuration(wish?.timeout ?? "") ?? STOP_TIMEOUT_MS,
  };
}
