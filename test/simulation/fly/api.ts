import type { Fly } from "../../../worker/clients/fly/fly.ts";
import type { MachineSeen } from "../../../worker/domain/deployment/moves.ts";
import type { Outcome } from "../../../worker/domain/outcome.ts";
import type { Guest, Machine, Volume } from "./entities.ts";
import { guestFrom } from "./entities.ts";
import { REVISION, SECRET } from "./entities.ts";
import type { FlyModel } from "./model.ts";

/**
 * The Machines API over the model: the same interface the product's client has, with Fly's own refusals
 * (`facts/fly.md` sections 2 and 4 in short: leases 409, preconditions 412, unique names, one machine a volume).
 */
const ok = <T>(value: T): Outcome<T> => ({ kind: "ok", value });
const gone: Outcome<never> = { kind: "not_found" };
const conflict = (detail: string): Outcome<never> => ({ kind: "conflict", detail });

const LEASE_SECONDS_DEFAULT = 30;
/** Lists don't show what is younger than this. */
const LAG_MS = 2_000;
/** Hosts without room have room for machines of this size. */
const SMALL_MB = 2_048;

type CreateBody = {
  name: string;
  config: { image: string; guest: Guest; metadata: Record<string, string>; mounts: { volume: string }[] };
  current_version?: string;
  min_secrets_version?: number;
};

export function flyApi(model: FlyModel): Fly {
  const withApp = <T>(answer: () => Outcome<T>): Promise<Outcome<T>> =>
    Promise.resolve(model.app ? answer() : gone);

  /** A change of a machine: there, and not under somebody else's lease. */
  function changing<T>(
    id: string,
    nonce: string | undefined,
    change: (machine: Machine) => Outcome<T>,
  ): Promise<Outcome<T>> {
    return withApp(() => {
      const machine = model.machine(id);
      if (machine === undefined) return gone;
      const { lease } = machine;
      if (lease !== null && lease.expiresAt > model.now && lease.nonce !== nonce)
        return conflict(`aborted: machine ID ${id} lease currently held by somebody`);
      return change(machine);
    });
  }

  const seen = (machine: Machine): MachineSeen => {
    model.shownAt.set(machine.id, model.now);
    return shownAs(machine);
  };

  const isVisible = ({ createdAt }: { createdAt: number }): boolean => model.now - createdAt >= LAG_MS;
  const full = (): Outcome<never> | null =>
    model.now < model.fullUntil ? { kind: "capacity", detail: `insufficient resources ${SECRET}` } : null;

  /** A copy is never smaller than what it is made from. */
  const made = (
    body: { name: string; region: string; size_gb: number; snapshot_retention: number },
    writes: readonly string[],
    isCopy: boolean,
    leastGb: number,
  ) =>
    body.size_gb < leastGb
      ? ({ kind: "rejected", detail: "invalid size_gb" } as const)
      : ok(shown(model.addVolume(body, writes, isCopy), body.name));

  const shown = (volume: Volume, name: string) => ({
    id: volume.id,
    name,
    state: volume.usableAt <= model.now ? "created" : "restoring",
    region: volume.region,
    sizeGb: volume.sizeGb,
    backupDays: volume.backupDays,
  });

  /** Room for it on the volume's own host. */
  const cramped = (volume: Volume | undefined, { memory_mb }: Guest): Outcome<never> | null =>
    volume?.isTight === true && memory_mb > SMALL_MB
      ? { kind: "capacity", detail: "insufficient memory available to fulfill request" }
      : null;

  return {
    createApp: async () => {
      if (model.app) return conflict("name_taken");
      model.app = true;
      return ok(null);
    },
    getApp: () => withApp(() => ok({ organization: "sim" })),
    deleteApp: () =>
      withApp(() => {
        model.app = false;
        model.ip = false;
        model.ownIps = [];
        for (const machine of model.machines) model.destroyMachine(machine);
        for (const volume of model.volumes) model.destroyVolume(volume);
        return ok(null);
      }),
    assignSharedIp: () =>
      withApp(() => {
        model.ip = true;
        return ok({ address: "1.2.3.4", isOwn: false });
      }),
    assignOwnIp: () =>
      withApp(() => {
        const address = `9.9.9.${model.id("")}`;
        model.ownIps.push({ address, createdAt: model.now });
        return ok({ address, isOwn: true });
      }),
    releaseIp: (_app, address) =>
      withApp(() => {
        const left = model.ownIps.filter((own) => own.address !== address);
        if (left.length === model.ownIps.length) return gone;
        model.ownIps = left;
        return ok(null);
      }),
    listIps: () =>
      withApp(() =>
        ok([
          ...model.ownIps.filter(isVisible).map(({ address }) => ({ address, isOwn: true })),
          ...(model.ip ? [{ address: "1.2.3.4", isOwn: false }] : []),
        ]),
      ),

    createVolume: (_app, body) =>
      withApp(() => {
        const refused = full();
        if (refused !== null) return refused;
        if (body.snapshot_id !== undefined) {
          const snapshot = model.snapshots.find(({ id }) => id === body.snapshot_id);
          if (snapshot === undefined || snapshot.doneAt > model.now) return gone;
          return made(body, snapshot.writes, true, snapshot.sizeGb);
        }
        if (body.source_volume_id !== undefined) {
          const source = model.volume(body.source_volume_id);
          if (source === undefined) return gone;
          return made(body, source.writes, true, source.sizeGb);
        }
        return made(body, [], false, 1);
      }),
    extendVolume: (_app, id, sizeGb) =>
      withApp(() => {
        const volume = model.volume(id);
        if (volume === undefined) return gone;
        if (sizeGb <= volume.sizeGb) return { kind: "rejected", detail: "a volume can only be extended" };
        return ok({ sizeGb, needsRestart: model.extend(volume, sizeGb) });
      }),
    updateVolume: (_app, id, { snapshot_retention: days }) =>
      withApp(() => {
        const volume = model.volume(id);
        if (volume === undefined) return gone;
        if (days < 1 || days > 60) return { kind: "rejected", detail: "invalid snapshot_retention" };
        volume.backupDays = days;
        return ok(null);
      }),
    listVolumes: (app) =>
      withApp(() => ok(model.volumes.filter(isVisible).map((volume) => shown(volume, volumeNameOf(app))))),
    deleteVolume: (_app, id) =>
      withApp(() => {
        const volume = model.volume(id);
        if (volume === undefined) return gone;
        if (model.machines.some(({ volumeId }) => volumeId === id)) return conflict("volume is bound");
        model.destroyVolume(volume);
        return ok(null);
      }),
    listSnapshots: (_app, volumeId) =>
      withApp(() =>
        ok(
          model.snapshots
            .filter((snapshot) => snapshot.volumeId === volumeId)
            .map(({ id, doneAt, createdAt }) => ({
              id,
              status: doneAt <= model.now ? ("created" as const) : ("pending" as const),
              sizeBytes: 1,
              createdAt,
              retentionDays: 7,
            })),
        ),
      ),
    createSnapshot: (_app, volumeId) =>
      withApp(() => {
        const volume = model.volume(volumeId);
        if (volume === undefined) return gone;
        const isBusy = model.snapshots.some(
          (other) => other.volumeId === volumeId && other.doneAt > model.now,
        );
        return isBusy ? conflict("snapshot is already scheduled") : ok({ id: model.addSnapshot(volume).id });
      }),

    takeLease: (_app, id, terms, nonce) =>
      changing(id, nonce, (machine) => {
        const known = machine.lease !== null && machine.lease.nonce === nonce ? nonce : model.id("nonce");
        const ttl = terms.ttlSeconds > 0 ? terms.ttlSeconds : LEASE_SECONDS_DEFAULT;
        machine.lease = { nonce: known, expiresAt: model.now + ttl * 1000 };
        return ok({ nonce: known });
      }),
    releaseLease: (_app, id, nonce) =>
      changing(id, nonce, (machine) => {
        if (machine.lease === null) return gone;
        machine.lease = null;
        return ok(null);
      }),
    cordonMachine: (_app, id, verb, nonce) =>
      changing(id, nonce, (machine) => {
        machine.cordoned = verb === "cordon";
        return ok(null);
      }),
    setSecrets: (_app, values) =>
      withApp(() => {
        model.secretsVersion += 1;
        model.secrets = values[REVISION] ?? model.secrets;
        return ok({ version: model.secretsVersion });
      }),

    createMachine: (_app, input) =>
      withApp(() => {
        const body = input as CreateBody; // What the product's `machineRequest` makes.
        const volumeId = body.config.mounts[0]?.volume ?? "";
        if (model.machines.some(({ name }) => name === body.name)) return conflict("already_exists");
        const volume = model.volume(volumeId);
        if (volume === undefined) return { kind: "rejected", detail: "volume not found" };
        if (volume.usableAt > model.now) return conflict("volume is not ready");
        if (model.machines.some((other) => other.volumeId === volumeId)) return conflict("volume is in use");
        if ((body.min_secrets_version ?? 0) > model.secretsVersion) return conflict("secrets too old");
        const { image, metadata, guest } = body.config;
        const refused = full() ?? cramped(volume, guest);
        if (refused !== null) return refused;
        return ok(seen(model.addMachine({ name: body.name, image, guest, metadata, volumeId })));
      }),
    updateMachine: (_app, id, input, nonce) =>
      changing(id, nonce, (machine) => {
        const body = input as CreateBody; // As above.
        if (body.current_version !== machine.instanceId) return conflict("current_version doesn't match");
        if (body.config.mounts[0]?.volume !== machine.volumeId)
          return { kind: "rejected", detail: "a mount can't be changed" };
        const refused = full() ?? cramped(model.volume(machine.volumeId), body.config.guest);
        if (refused !== null) return refused;
        machine.image = body.config.image;
        machine.guest = body.config.guest;
        machine.metadata = body.config.metadata;
        machine.secrets = model.secrets;
        model.launch(machine);
        return ok(seen(machine));
      }),
    getMachine: (_app, id) =>
      withApp(() => {
        const machine = model.machine(id);
        return machine === undefined ? gone : ok(seen(machine));
      }),
    findMachines: (_app, wanted) =>
      withApp(() =>
        ok(
          model.machines
            .filter(
              (machine) =>
                (wanted === null || machine.metadata[wanted.key] === wanted.value) && isVisible(machine),
            )
            .map(seen),
        ),
      ),
    startMachine: (_app, id, nonce) =>
      changing(id, nonce, (machine) => {
        if (machine.state === "started" || machine.state === "starting") return ok(null);
        if (machine.state !== "stopped") return conflict(`unable to start from ${machine.state}`);
        const refused = full() ?? cramped(model.volume(machine.volumeId), machine.guest);
        if (refused !== null) return refused;
        model.start(machine);
        return ok(null);
      }),
    stopMachine: (_app, id, _seconds, nonce) =>
      changing(id, nonce, (machine) => {
        model.stop(machine);
        return ok(null);
      }),
    restartMachine: (_app, id, _seconds, nonce) =>
      changing(id, nonce, (machine) => {
        if (machine.state !== "started") return conflict(`unable to restart from ${machine.state}`);
        model.restart(machine);
        return ok(null);
      }),
    deleteMachine: (_app, id, nonce) =>
      changing(id, nonce, (machine) => {
        model.destroyMachine(machine);
        return ok(null);
      }),
    waitForMachine: (_app, id, wait) => {
      const machine = model.machine(id);
      if (!model.app || machine === undefined || machine.instanceId !== wait.instanceId)
        return Promise.resolve(gone);
      // Fly holds the call until the state is there; here time goes on to it.
      const until = model.now + wait.timeoutSeconds * 1000;
      while (machine.state !== wait.state && machine.next !== null && machine.next.at <= until)
        model.passTime(machine.next.at);
      if (machine.state === wait.state) return Promise.resolve(ok(null));
      model.passTime(until);
      return Promise.resolve(conflict("deadline_exceeded"));
    },
  };
}

/** The app's name is `lp-<control plane>-<ulid>`, its volumes' `<control plane>_<ulid>`. */
const volumeNameOf = (app: string): string => app.replace(/^lp-/, "").replace("-", "_");

function shownAs(machine: Machine): MachineSeen {
  const [last] = machine.exits;
  return {
    id: machine.id,
    instanceId: machine.instanceId,
    state: machine.state,
    metadata: machine.metadata,
    checks: machine.state !== "started" ? "none" : machine.healthy ? "passing" : "failing",
    createdAt: machine.createdAt,
    image: machine.image,
    volumeId: machine.volumeId,
    startedAt: machine.startedAt,
    lastExit:
      last === undefined
        ? null
        : { at: last.at, exitCode: last.code, oomKilled: last.oomKilled, requested: last.requested },
    guest: guestFrom(machine.guest),
    starts: [...machine.starts],
    exits: machine.exits.map(({ at }) => at),
    crashedAt: machine.exits.filter(({ requested }) => !requested).map(({ at }) => at),
    pull: null,
    failure: machine.state === "failed" ? "manifest unknown" : null,
  };
}
