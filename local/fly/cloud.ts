import type { Backend } from "./backends/backend.ts";
import type { Clock } from "./clock.ts";
import type { App, Machine } from "./entities.ts";
import { FlyError, notFound } from "./errors.ts";
import { createIds, type Ids } from "./ids.ts";
import { createLeases, type Leases } from "./leases.ts";
import { createLogs, type Logs } from "./logs.ts";
import { createDriver, type Driver } from "./machine-driver.ts";
import { createLifecycle, type Lifecycle } from "./machine-lifecycle.ts";
import { createMachineRecords, type MachineRecords } from "./machine-records.ts";
import { createSecrets, type Secrets } from "./secrets.ts";
import { openStore, type Store } from "./store.ts";
import { createVolumes, type Volumes } from "./volumes.ts";

/** One organization's corner of Fly: everything the API and the proxy work on. */
export type Cloud = {
  org: string;
  /** The caller's name in leases. */
  owner: string;
  clock: Clock;
  ids: Ids;
  store: Store;
  logs: Logs;
  machines: MachineRecords;
  driver: Driver;
  leases: Leases;
  lifecycle: Lifecycle;
  volumes: Volumes;
  secrets: Secrets;
  /** App names another organization holds. */
  foreignApps: ReadonlySet<string>;
  app(name: string): App;
  /** A machine of an app that isn't destroyed. */
  machine(app: string, id: string): Machine;
  /** A machine for a call that only reads, and that may show a destroyed one. */
  readableMachine(app: string, id: string): Machine;
  /** Whether an app may be given this name now. */
  isNameFree(name: string): boolean;
  /** Deletes an app at once; its machines, then its volumes, follow in the background. */
  deleteApp(app: App): void;
  close(): Promise<void>;
};

export type CloudOptions = {
  stateDir: string;
  backend: Backend;
  org: string;
  owner: string;
  clock: Clock;
  foreignApps: readonly string[];
  /** Whether a destroyed machine still answers by its id; see `FlyOptions.destroyedMachines`. */
  showsDestroyed: boolean;
};

/** Destroyed machines stay listable for this long; a directory that is used for months needn't keep them all. */
const DESTROYED_KEPT_MS = 48 * 60 * 60_000;

/** Opens the state directory and takes up the machines in it. */
export async function openCloud(options: CloudOptions): Promise<Cloud> {
  const { backend, clock } = options;
  const store = openStore(options.stateDir);
  const ids = createIds(clock);
  const logs = createLogs(store, clock);
  const machines = createMachineRecords(store, ids, clock);
  const driver = createDriver({ store, records: machines, backend, logs, clock });
  const leases = createLeases(machines, ids, clock);
  const volumes = createVolumes({ store, records: machines, backend, ids, clock });
  const foreignApps = new Set(options.foreignApps);
  const deletions = new Map<string, Promise<void>>();

  function finishDeletion(name: string): void {
    // The name is free again when nothing of the old app is left, so that the new one never finds any of it.
    const rest = machines.all().filter((machine) => machine.app === name && machine.state !== "destroyed");
    const done = Promise.all(rest.map((machine) => machines.destroyed(machine.id)))
      .then(() => volumes.removeAll(name))
      .catch((error: unknown) => console.error(`The volumes of the app ${name} can't be removed:`, error))
      .finally(() => deletions.delete(name));
    deletions.set(name, done);
  }

  function findMachine(name: string, id: string, destroyedToo: boolean): Machine {
    const app = cloud.app(name);
    const machine = machines.get(id);
    const isThere = machine?.appId === app.id && (destroyedToo || machine.state !== "destroyed");
    if (!isThere) throw notFound("machine not found");
    return machine;
  }

  const cloud: Cloud = {
    org: options.org,
    owner: options.owner,
    clock,
    ids,
    store,
    logs,
    machines,
    driver,
    leases,
    lifecycle: createLifecycle({ store, records: machines, driver, leases, ids, clock }),
    volumes,
    secrets: createSecrets(store, clock),
    foreignApps,
    app(name) {
      const app = store.apps.get(name);
      if (app !== undefined) return app;
      // 403: the name exists in another organization (superfly/fly-go flaps GetApp).
      if (foreignApps.has(name)) throw new FlyError(403, "unauthorized");
      throw notFound("app not found");
    },
    machine: (app, id) => findMachine(app, id, false),
    readableMachine: (app, id) => findMachine(app, id, options.showsDestroyed),
    isNameFree: (name) =>
      store.apps.get(name) === undefined && !foreignApps.has(name) && !deletions.has(name),
    deleteApp(app) {
      store.transaction(() => {
        store.apps.delete(app.name);
        store.secrets.delete(app.name);
        store.ips.delete(app.name);
      });
      logs.forget(app.name);
      for (const machine of machines.ofApp(app)) {
        if (machine.state !== "destroyed") cloud.lifecycle.destroy(machine, true);
      }
      finishDeletion(app.name);
    },
    async close() {
      await driver.close();
      await volumes.idle();
      logs.close();
      store.close();
    },
  };
  forgetOld(machines, clock);
  volumes.recover();
  await driver.recover();
  const orphaned = [...volumes.all().filter((volume) => volume.state !== "destroyed"), ...machines.all()];
  for (const name of new Set(orphaned.map((thing) => thing.app))) {
    if (store.apps.get(name) === undefined) finishDeletion(name);
  }
  return cloud;
}

function forgetOld(machines: MachineRecords, clock: Clock): void {
  for (const machine of machines.all()) {
    const isOld = machine.updatedAt < clock.now() - DESTROYED_KEPT_MS;
    if (machine.state === "destroyed" && isOld) machines.forget(machine.id);
  }
}
