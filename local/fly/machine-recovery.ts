import type { Backend, Exit, Running } from "./backends/backend.ts";
import type { Clock } from "./clock.ts";
import type { Machine } from "./entities.ts";
import { exitEvent } from "./exit-event.ts";
import type { MachineConfig } from "./machine-config.ts";
import { launchOf } from "./machine-launch.ts";
import type { MachineNotes } from "./machine-notes.ts";
import type { MachineRecords } from "./machine-records.ts";
import type { Store } from "./store.ts";

type Version = { instanceId: string; config: MachineConfig };

type RecoveryDeps = {
  store: Store;
  records: MachineRecords;
  backend: Backend;
  notes: MachineNotes;
  clock: Clock;
};

/**
 * Brings a machine's record up to what an earlier server left: the process is found again and handed to `attach`, or
 * its end is noted. What follows (a start, a stop, a removal) is the driver's, from the record.
 *
 * A machine that was wanted and is gone comes back up whatever its restart policy says, as after a reboot of its host
 * on Fly: the policy is about exits of the main process, and nobody saw one.
 */
export async function recoverMachine(
  deps: RecoveryDeps,
  machine: Machine,
  attach: (running: Running, version: Version) => void,
): Promise<void> {
  const { store, records } = deps;
  const isOrphan = store.apps.get(machine.app)?.id !== machine.appId;
  if (isOrphan) records.change(machine.id, { desired: "destroyed", state: "destroying" });
  const { run } = machine;
  if (run === null) return;
  const known = store.versions.of(machine.id).find((entry) => entry.version === run.instanceId);
  const version: Version = { instanceId: run.instanceId, config: known?.config ?? machine.config };
  const running = await adopt(deps, machine, version, run.record);
  if (running === null) {
    const isWanted = !isOrphan && machine.desired === "started";
    const lost: Exit = { code: null, signal: null, oomKilled: false };
    const how = { requestedStop: !isWanted, restarting: isWanted, restartCount: 0 };
    const patch = { run: null, ...(isWanted ? { state: "restarting" as const } : {}) };
    records.change(machine.id, patch, exitEvent(lost, how, deps.clock.now()));
    return;
  }
  attach(running, version);
  const patch = { run: { ...run, record: running.record } };
  // The server died after the process was there and before it could say so.
  const wasStarting = machine.state === "starting" && !isOrphan;
  if (wasStarting) {
    const event = { type: "start", status: "started", source: "flyd" } as const;
    records.change(machine.id, { ...patch, state: "started" }, event);
  } else {
    records.change(machine.id, patch);
  }
}

async function adopt(
  { store, backend, notes }: RecoveryDeps,
  machine: Machine,
  version: Version,
  record: unknown,
): Promise<Running | null> {
  try {
    const launch = launchOf(
      machine,
      version,
      store.secrets.get(machine.app),
      store.apps.get(machine.app)?.network ?? "",
    );
    return await backend.adopt(record, launch, notes.hooks(machine));
  } catch (error) {
    notes.say(machine, `The machine could not be found again: ${String(error)}`, "error");
    return null;
  }
}
