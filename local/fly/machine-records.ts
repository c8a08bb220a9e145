import type { Clock } from "./clock.ts";
import type { App, Lease, Machine, MachineEvent } from "./entities.ts";
import type { Ids } from "./ids.ts";
import type { Store } from "./store.ts";

export type NewEvent = Pick<MachineEvent, "type" | "status" | "source"> & {
  request?: Record<string, unknown>;
};

/**
 * The machines and their events: the one place that writes them. Every write is on disk when it returns, and whoever
 * waits for a machine to change is told.
 */
export type MachineRecords = {
  get(id: string): Machine | undefined;
  all(): Machine[];
  /** Machines of an app, oldest first, destroyed ones included. */
  ofApp(app: App): Machine[];
  create(machine: Machine, event: NewEvent): void;
  /** Changes a machine, with the event that says why. A machine that is gone stays as it is. */
  change(id: string, patch: Partial<Machine>, event?: NewEvent): Machine | undefined;
  /** A lease isn't a change of the machine: `updated_at` stays. */
  setLease(id: string, lease: Lease | null): void;
  addEvent(id: string, event: NewEvent): void;
  events(id: string): readonly MachineEvent[];
  /** The live machine that mounts a volume. */
  holderOf(volumeId: string): Machine | undefined;
  onChange(id: string, listener: () => void): () => void;
  /** Resolves once the machine is gone, its process with it. */
  destroyed(id: string): Promise<void>;
  forget(id: string): void;
};

export function createMachineRecords(store: Store, ids: Ids, clock: Clock): MachineRecords {
  const byApp = new Map<string, Set<string>>();
  const listeners = new Map<string, Set<() => void>>();
  for (const machine of store.machines.values()) index(machine);

  function index(machine: Machine): void {
    const members = byApp.get(machine.appId) ?? new Set();
    members.add(machine.id);
    byApp.set(machine.appId, members);
  }

  function append(id: string, event: NewEvent): void {
    const stamped: MachineEvent = { id: ids.event(), ...event, timestamp: clock.now() };
    store.events.add(id, stamped.id, stamped);
  }

  function tell(id: string): void {
    for (const listener of listeners.get(id) ?? []) listener();
  }

  function ofApp(app: App): Machine[] {
    const members = [...(byApp.get(app.id) ?? [])].map((id) => store.machines.get(id));
    return members.filter((machine) => machine !== undefined);
  }

  function onChange(id: string, listener: () => void): () => void {
    const known = listeners.get(id) ?? new Set();
    known.add(listener);
    listeners.set(id, known);
    return () => {
      known.delete(listener);
      if (known.size === 0) listeners.delete(id);
    };
  }

  return {
    get: (id) => store.machines.get(id),
    all: () => [...store.machines.values()],
    ofApp,
    create(machine, event) {
      store.transaction(() => {
        store.machines.put(machine.id, machine);
        store.versions.add(machine.id, machine.instanceId, {
          version: machine.instanceId,
          config: machine.config,
        });
        append(machine.id, event);
      });
      index(machine);
    },
    change(id, patch, event) {
      const before = store.machines.get(id);
      if (before === undefined || before.state === "destroyed") return undefined;
      const after: Machine = { ...before, ...patch, updatedAt: clock.now() };
      store.transaction(() => {
        store.machines.put(id, after);
        if (after.instanceId !== before.instanceId) {
          store.versions.add(id, after.instanceId, { version: after.instanceId, config: after.config });
        }
        if (event !== undefined) append(id, event);
      });
      tell(id);
      return after;
    },
    setLease(id, lease) {
      const machine = store.machines.get(id);
      if (machine !== undefined) store.machines.put(id, { ...machine, lease });
    },
    addEvent(id, event) {
      append(id, event);
      tell(id);
    },
    events: (id) => store.events.of(id),
    holderOf(volumeId) {
      for (const machine of store.machines.values()) {
        if (machine.state !== "destroyed" && machine.config.mounts?.[0]?.volume === volumeId) return machine;
      }
      return undefined;
    },
    onChange,
    destroyed: (id) =>
      new Promise((resolve) => {
        const isGone = () => (store.machines.get(id)?.state ?? "destroyed") === "destroyed";
        if (isGone()) return resolve();
        const unsubscribe = onChange(id, () => {
          if (!isGone()) return;
          unsubscribe();
          resolve();
        });
      }),
    forget(id) {
      const machine = store.machines.get(id);
      if (machine === undefined) return;
      byApp.get(machine.appId)?.delete(id);
      store.transaction(() => {
        store.machines.delete(id);
        store.events.forget(id);
        store.versions.forget(id);
      });
    },
  };
}
