import type { Clock } from "./clock.ts";
import type { App, Machine, MachineState } from "./entities.ts";
import { badRequest, failedPrecondition, FlyError } from "./errors.ts";
import type { Ids } from "./ids.ts";
import type { Leases } from "./leases.ts";
import { type MachineConfig, parseImage } from "./machine-config.ts";
import type { Driver, StopOrder } from "./machine-driver.ts";
import type { MachineRecords } from "./machine-records.ts";
import { placeMachine } from "./regions.ts";
import type { Store } from "./store.ts";

/**
 * What a call may ask of a machine and when Fly refuses it. Everything here is immediate: it checks, writes the wish
 * into the record and wakes the driver, which does the work after the call was answered.
 */
export type Lifecycle = {
  create(app: App, input: CreateInput): Machine;
  update(machine: Machine, input: UpdateInput): Machine;
  start(machine: Machine, source: "user" | "flyd"): MachineState;
  stop(machine: Machine, order: StopOrder): void;
  restart(machine: Machine, order: StopOrder): void;
  destroy(machine: Machine, force: boolean): void;
};

type CreateInput = {
  name: string | undefined;
  region: string | undefined;
  config: MachineConfig;
  skipLaunch: boolean;
  skipServiceRegistration: boolean;
  skipSecrets: boolean;
  minSecretsVersion: number | undefined;
  lease: { ttlSeconds: number; owner: string } | undefined;
};

type UpdateInput = {
  config: MachineConfig;
  currentVersion: string | undefined;
  skipLaunch: boolean;
  skipServiceRegistration: boolean | undefined;
  skipSecrets: boolean;
  minSecretsVersion: number | undefined;
};

/** A machine in one of these can be destroyed without `force`. */
const DESTROYABLE: ReadonlySet<MachineState> = new Set(["created", "stopped", "failed", "destroying"]);

export function createLifecycle(deps: {
  store: Store;
  records: MachineRecords;
  driver: Driver;
  leases: Leases;
  ids: Ids;
  clock: Clock;
}): Lifecycle {
  const { store, records, driver, leases, ids, clock } = deps;

  function requireSecrets(app: string, minimum: number | undefined): void {
    if (minimum === undefined || minimum <= (store.secrets.get(app)?.version ?? 0)) return;
    // Text as recorded by Kilo-Org/cloud kiloclaw (fly client tests).
    throw failedPrecondition(`min_secrets_version ${minimum} is not yet available on this app`);
  }

  /** The volume must be in the app, usable and free. Returns its region. */
  function claimVolume(app: string, config: MachineConfig): string | undefined {
    const volumeId = config.mounts?.[0]?.volume;
    if (volumeId === undefined) return undefined;
    const volume = store.volumes.get(volumeId);
    if (volume?.app !== app || volume.state === "destroyed" || volume.state === "pending_destroy") {
      throw failedPrecondition(`volume ${volumeId} does not exist`);
    }
    if (volume.state === "creating" || volume.state === "restoring") {
      throw failedPrecondition(`volume ${volumeId} is not ready, currently ${volume.state}`);
    }
    const holder = records.holderOf(volumeId);
    // Text as seen in production by third parties (cubepals, 2026-10).
    if (holder !== undefined) throw failedPrecondition(`volume already claimed by machine ${holder.id}`);
    return volume.region;
  }

  function requireName(app: App, name: string): void {
    const taken = records
      .ofApp(app)
      .find((machine) => machine.name === name && machine.state !== "destroyed");
    if (taken === undefined) return;
    // Measured text: the id in it lets a caller adopt the machine its lost request made. A destroyed machine's name is free.
    throw new FlyError(
      409,
      `already_exists: unique machine name violation, machine ID ${taken.id} already exists with name "${name}"`,
    );
  }

  function create(app: App, input: CreateInput): Machine {
    const name = input.name ?? ids.machineName();
    requireName(app, name);
    requireSecrets(app.name, input.minSecretsVersion);
    const volumeRegion = claimVolume(app.name, input.config);
    const region = placeMachine(input.region, volumeRegion);
    if (region === null) {
      throw failedPrecondition(
        `volume ${input.config.mounts?.[0]?.volume} is in region ${volumeRegion}, not ${input.region}`,
      );
    }
    const now = clock.now();
    const machine: Machine = {
      id: ids.machine(),
      app: app.name,
      appId: app.id,
      name,
      region,
      instanceId: ids.instance(),
      state: "created",
      desired: input.skipLaunch ? "stopped" : "started",
      restartPending: false,
      prepared: false,
      config: input.config,
      imageRef: parseImage(input.config.image),
      privateIp: ids.privateIp(),
      createdAt: now,
      updatedAt: now,
      cordoned: input.skipServiceRegistration,
      skipSecrets: input.skipSecrets,
      lease:
        input.lease === undefined
          ? null
          : leases.make({ ttlSeconds: input.lease.ttlSeconds, owner: input.lease.owner, description: "" }),
      run: null,
      restarts: [],
      restartCount: 0,
    };
    records.create(machine, { type: "launch", status: "created", source: "user" });
    driver.kick(machine.id);
    return machine;
  }

  function update(machine: Machine, input: UpdateInput): Machine {
    if (input.currentVersion !== undefined && input.currentVersion !== machine.instanceId) {
      throw failedPrecondition(`current version is ${machine.instanceId}, not ${input.currentVersion}`);
    }
    if (machine.state === "destroying") throw wrongState("update", machine);
    requireSecrets(machine.app, input.minSecretsVersion);
    if (volumeOf(machine.config) !== volumeOf(input.config)) {
      throw badRequest("invalid config.mounts, the volume of a machine can't be changed");
    }
    const isRunning = machine.desired === "started" || machine.run !== null;
    // Without a launch the machine stays down; one that was running is stopped, because its version is gone.
    const next = nextAfterUpdate(machine, isRunning, input.skipLaunch);
    const updated = records.change(
      machine.id,
      {
        instanceId: ids.instance(),
        config: input.config,
        imageRef: parseImage(input.config.image),
        prepared: false,
        skipSecrets: input.skipSecrets,
        restarts: [],
        restartCount: 0,
        ...(input.skipServiceRegistration === undefined ? {} : { cordoned: input.skipServiceRegistration }),
        ...next,
      },
      { type: "update", status: "replacing", source: "user" },
    );
    driver.kick(machine.id);
    return updated ?? machine;
  }

  return {
    create,
    update,
    start(machine, source) {
      const previous = machine.state;
      if (previous === "started" || previous === "starting" || previous === "restarting") return previous;
      // A machine rests in `created` after skip_launch (superfly/docs machines/machine-states; one third party saw it
      // go on to `stopped`); until its image is there, Fly refuses to start it.
      const isReady =
        previous === "stopped" || previous === "failed" || (previous === "created" && isAtRest(machine));
      if (previous === "replacing") throw failedPrecondition("machine getting replaced, refusing to start");
      if (!isReady) throw wrongState("start", machine);
      records.change(
        machine.id,
        { desired: "started", state: "starting", restarts: [], restartCount: 0 },
        { type: "start", status: "starting", source },
      );
      driver.kick(machine.id);
      return previous;
    },
    stop(machine, order) {
      if (machine.state === "destroying") throw wrongState("stop", machine);
      // Stopping what is stopped is fine (facts/fly.md section 4: stop is idempotent).
      if (machine.state === "stopped" && machine.desired === "stopped") return;
      driver.orderStop(machine.id, order);
      records.change(
        machine.id,
        { desired: "stopped", state: "stopping", restartPending: false },
        { type: "stop", status: "stopping", source: "user" },
      );
      driver.kick(machine.id);
    },
    restart(machine, order) {
      if (machine.state === "destroying" || machine.state === "replacing")
        throw wrongState("restart", machine);
      if (machine.state === "created" && !isAtRest(machine)) throw wrongState("restart", machine);
      driver.orderStop(machine.id, order);
      records.change(
        machine.id,
        {
          desired: "started",
          state: "restarting",
          restartPending: machine.run !== null,
          restarts: [],
          restartCount: 0,
        },
        { type: "restart", status: "restarting", source: "user" },
      );
      driver.kick(machine.id);
    },
    destroy(machine, force) {
      // The literal text of a refused DELETE (tailscale/tb; 412 since 2026, 409 in old docs).
      if (!force && !DESTROYABLE.has(machine.state)) {
        throw failedPrecondition("unable to destroy machine, not currently stopped");
      }
      const isNew = machine.desired !== "destroyed";
      records.change(
        machine.id,
        { desired: "destroyed", state: "destroying" },
        isNew ? { type: "destroy", status: "destroying", source: "user" } : undefined,
      );
      driver.hurry(machine.id);
      driver.kick(machine.id);
    },
  };
}

function nextAfterUpdate(
  machine: Machine,
  isRunning: boolean,
  skipLaunch: boolean,
): Partial<Pick<Machine, "desired" | "state">> {
  if (!skipLaunch)
    return {
      desired: "started",
      state: isRunning ? "replacing" : machine.state === "created" ? "created" : "starting",
    };
  if (isRunning) return { desired: "stopped", state: "replacing" };
  return { desired: "stopped", state: machine.state === "failed" ? "stopped" : machine.state };
}

/** Whether a machine rests in `created`: nothing is being prepared for it and nobody wants it started. */
export function isAtRest(machine: Machine): boolean {
  return machine.desired === "stopped" && machine.prepared;
}

function volumeOf(config: MachineConfig): string | undefined {
  return config.mounts?.[0]?.volume;
}

function wrongState(verb: string, machine: Machine): FlyError {
  return failedPrecondition(`unable to ${verb} machine from current state: '${machine.state}'`);
}
