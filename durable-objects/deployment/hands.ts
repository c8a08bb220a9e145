import type { Fly, FlyIp, FlyVolume } from "../../worker/clients/fly/fly.ts";
import { LEASE_SECONDS } from "../../worker/domain/deployment/apply.ts";
import type { MachineInput } from "../../worker/domain/deployment/machine-config.ts";
import { guestOf, machineRequest, wireGuest } from "../../worker/domain/deployment/machine-config.ts";
import type { Effect, EffectOutcome, Look, Seen, VolumeSeen } from "../../worker/domain/deployment/moves.ts";
import { appName, METADATA, volumeName } from "../../worker/domain/deployment/names.ts";
import { releaseToRun } from "../../worker/domain/deployment/procedure.ts";
import type { Machine, State } from "../../worker/domain/deployment/state.ts";
import type { JsonObject } from "../../worker/domain/json.ts";
import type { Outcome } from "../../worker/domain/outcome.ts";
import type { RuntimeId } from "../../worker/domain/runtimes/descriptor.ts";
import { RUNTIMES } from "../../worker/domain/runtimes/index.ts";
import type { Hands } from "./driver.ts";

/** Carries out what `decide` chose: the translation of a look or an effect into one call. */
export type HandsInput = {
  fly: Fly;
  organization: string;
  imageBase: string;
  defaults: Readonly<Partial<Record<RuntimeId, JsonObject>>>;
  /** The door's public keys, as a JWKS. */
  doorKeys: JsonObject;
  /** Where the deployment of this slug is reached. */
  originOf(slug: string): string;
  secrets: MachineSecrets;
  /** The newest lines of the app's log, redacted. */
  lastLines(app: string): Promise<Outcome<readonly string[]>>;
  /** Aborted when a new intent makes waiting pointless. */
  signal(): AbortSignal;
};

/** Volumes Fly has given up or is about to (fly-go `destroyedVolumeStates`). */
const GONE_VOLUME_STATES = new Set([
  "scheduling_destroy",
  "fork_cleanup",
  "waiting_for_detach",
  "pending_destroy",
  "destroying",
  "destroyed",
]);

/** A machine may be put on these; a copy arrives under `creating` and `restoring`, a fork may still be hydrating. */
const USABLE_VOLUME_STATES = new Set(["created", "hydrating", "extending"]);
/** Lines of the log shown beside a failure, and how much of each. */
const LINES_KEPT = 12;
const LINE_LENGTH_MAX = 300;

/** What a machine gets from the vault. */
export type MachineSecrets = {
  /** What its environment is to be at a revision; `null` for a name that is to go. `unavailable`: nobody could look. */
  at(revision: number): Promise<Outcome<Readonly<Record<string, string | null>>>>;
  /** What they are called at a revision; reads no value for anybody. */
  names(revision: number): Promise<Outcome<readonly string[]>>;
  /** Text from elsewhere without any secret of this deployment; throws where they can't be known. */
  redact(text: string): Promise<string>;
};

export function hands(input: HandsInput): Hands {
  return {
    look: async (state, look) => clean(input, await carryLook(input, state, look)),
    act: async (state, effect) => clean(input, await carryAct(input, state, effect)),
  };
}

async function carryLook(input: HandsInput, state: State, look: Look): Promise<Seen> {
  const { fly } = input;
  const app = appName(state.identity);
  switch (look.kind) {
    case "app":
      return { look: "app", outcome: ownApp(await fly.getApp(app), input.organization) };
    case "ip": {
      return { look: "ip", outcome: mapOk(await fly.listIps(app), firstIp(false)) };
    }
    case "own_ip":
      return { look: "own_ip", outcome: mapOk(await fly.listIps(app), firstIp(true)) };
    case "volumes": {
      const wanted = volumeName(state.identity);
      return {
        look: "volumes",
        outcome: mapOk(await fly.listVolumes(app), (volumes) =>
          volumes
            .filter(({ name, state: is }) => name === wanted && !GONE_VOLUME_STATES.has(is))
            .map(volumeSeen),
        ),
      };
    }
    case "snapshots":
      return {
        look: "snapshots",
        volumeId: look.volumeId,
        outcome: await fly.listSnapshots(app, look.volumeId),
      };
    case "leftover":
      return { look: "leftover", id: look.id, outcome: await fly.getMachine(app, look.id) };
    case "logs":
      return { look: "logs", outcome: mapOk(await input.lastLines(app), tail) };
    case "machines": {
      const outcome = await fly.findMachines(app, { key: METADATA.deployment, value: state.identity.id });
      return {
        look: "machines",
        outcome: mapOk(outcome, (all) => all.filter((machine) => machine.state !== "destroyed")),
      };
    }
    case "machine":
      return { look: "machine", outcome: await fly.getMachine(app, look.id) };
    case "wait": {
      const wait = { state: look.until, instanceId: look.instanceId, timeoutSeconds: look.timeoutSeconds };
      const signal = input.signal();
      const outcome = await fly.waitForMachine(app, look.id, wait, signal);
      const givenUp: Outcome<null> = { kind: "conflict", detail: "A new wish arrived." };
      return {
        look: "wait",
        until: look.until,
        outcome: signal.aborted && outcome.kind !== "ok" ? givenUp : outcome,
      };
    }
  }
}

async function carryAct(input: HandsInput, state: State, effect: Effect): Promise<EffectOutcome> {
  const { fly } = input;
  const { identity, spec, status } = state;
  const app = appName(identity);
  switch (effect.kind) {
    case "create_app":
      return {
        effect: effect.kind,
        outcome: await fly.createApp(app, input.organization, app),
      };
    case "assign_ip":
      return { effect: effect.kind, outcome: await fly.assignSharedIp(app) };
    case "create_volume": {
      const { runtime, diskGb, terms } = spec;
      const outcome = await fly.createVolume(app, {
        name: volumeName(identity),
        region: status.region ?? spec.region,
        // A copy is never smaller than what it is made from.
        size_gb: Math.max(state.procedure?.old?.volume.sizeGb ?? 0, diskGb),
        snapshot_retention: terms.backupDays,
        // Fly then places the volume on a host that has room for the machine too.
        compute: wireGuest(guestOf({ tier: releaseToRun(state).tier, runtime })),
        ...sourceOf(state),
      });
      const made = (volume: FlyVolume): VolumeSeen => ({
        ...volumeSeen(volume),
        backupDays: volume.backupDays ?? terms.backupDays,
      });
      return { effect: effect.kind, outcome: mapOk(outcome, made) };
    }
    case "extend_volume":
      return {
        effect: effect.kind,
        outcome: await fly.extendVolume(app, knownVolume(state).id, spec.diskGb),
      };
    case "update_volume": {
      const { backupDays } = spec.terms;
      const outcome = await fly.updateVolume(app, knownVolume(state).id, { snapshot_retention: backupDays });
      return { effect: effect.kind, outcome: mapOk(outcome, () => ({ backupDays })) };
    }
    case "assign_own_ip":
      return { effect: effect.kind, outcome: await fly.assignOwnIp(app) };
    case "release_own_ip":
      return { effect: effect.kind, outcome: await fly.releaseIp(app, subjectOf(effect)) };
    case "set_secrets": {
      const values = await input.secrets.at(releaseToRun(state).secretsRevision);
      if (values.kind !== "ok") return { effect: effect.kind, outcome: values };
      const outcome = await fly.setSecrets(app, values.value);
      return { effect: effect.kind, outcome: mapOk(outcome, ({ version }) => ({ version })) };
    }
    case "create_machine": {
      const made = await machineInput(input, state);
      if (made.kind !== "ok") return { effect: effect.kind, outcome: made };
      const body = { ...machineRequest(made.value), ...secretsFloor(state) };
      return { effect: effect.kind, outcome: await fly.createMachine(app, body) };
    }
    case "update_machine": {
      const machine = knownMachine(state);
      const made = await machineInput(input, state);
      if (made.kind !== "ok") return { effect: effect.kind, outcome: made };
      const { config } = machineRequest(made.value);
      const body = { config, current_version: machine.instanceId, ...secretsFloor(state) };
      const outcome = await fly.updateMachine(app, machine.id, body, nonceFor(state, machine.id));
      return { effect: effect.kind, outcome };
    }
    case "start_machine": {
      const { id } = knownMachine(state);
      return { effect: effect.kind, outcome: await fly.startMachine(app, id, nonceFor(state, id)) };
    }
    case "stop_machine": {
      const { id } = knownMachine(state);
      const outcome = await fly.stopMachine(app, id, stopSeconds(state), nonceFor(state, id));
      return { effect: effect.kind, outcome };
    }
    case "restart_machine": {
      const { id } = knownMachine(state);
      const outcome = await fly.restartMachine(app, id, stopSeconds(state), nonceFor(state, id));
      return { effect: effect.kind, outcome };
    }
    case "delete_machine": {
      const { id } = knownMachine(state);
      return { effect: effect.kind, outcome: await fly.deleteMachine(app, id, nonceFor(state, id)) };
    }
    case "take_lease": {
      const { id } = knownMachine(state);
      const terms = { ttlSeconds: LEASE_SECONDS, description: `launchpad ${identity.id}` };
      return { effect: effect.kind, outcome: await fly.takeLease(app, id, terms, nonceFor(state, id)) };
    }
    case "release_lease": {
      const { lease } = status;
      if (lease === null) throw new Error("There is no lease to release.");
      return { effect: effect.kind, outcome: await fly.releaseLease(app, lease.machineId, lease.nonce) };
    }
    case "cordon_machine":
    case "uncordon_machine": {
      const { id } = knownMachine(state);
      const verb = effect.kind === "cordon_machine" ? "cordon" : "uncordon";
      return { effect: effect.kind, outcome: await fly.cordonMachine(app, id, verb, nonceFor(state, id)) };
    }
    case "create_snapshot": {
      const backup = status.backups.find(({ id }) => id === effect.subject);
      if (backup === undefined) throw new Error("There is no backup that asks for a snapshot.");
      return { effect: effect.kind, outcome: await fly.createSnapshot(app, backup.volumeId) };
    }
    case "delete_leftover": {
      const id = subjectOf(effect);
      return { effect: effect.kind, outcome: await fly.deleteMachine(app, id, nonceFor(state, id)) };
    }
    case "delete_kept_volume":
      return { effect: effect.kind, outcome: await fly.deleteVolume(app, subjectOf(effect)) };
    case "delete_volume":
      return { effect: effect.kind, outcome: await fly.deleteVolume(app, knownVolume(state).id) };
    case "delete_app":
      return { effect: effect.kind, outcome: await fly.deleteApp(app) };
  }
}

/** What a new volume is filled from. An empty one must never take a full one's place. */
function sourceOf({ spec, status, procedure }: State): { snapshot_id?: string; source_volume_id?: string } {
  const source =
    procedure?.source ?? (spec.seedSnapshotId === null ? null : { snapshotId: spec.seedSnapshotId });
  if (source === null) {
    if (status.hasData) throw new Error("An empty volume must not take the place of a full one.");
    return {};
  }
  return "snapshotId" in source ? { snapshot_id: source.snapshotId } : { source_volume_id: source.volumeId };
}

const tail = (lines: readonly string[]): readonly string[] =>
  lines.slice(-LINES_KEPT).map((line) => line.slice(0, LINE_LENGTH_MAX));

const firstIp =
  (isOwn: boolean) =>
  (ips: readonly FlyIp[]): { address: string } | null => {
    const found = ips.find((ip) => ip.isOwn === isOwn);
    return found === undefined ? null : { address: found.address };
  };

const volumeSeen = ({ id, region, sizeGb, state, backupDays }: FlyVolume): VolumeSeen => ({
  id,
  region,
  sizeGb,
  usable: USABLE_VOLUME_STATES.has(state),
  backupDays,
});

function subjectOf({ subject }: Effect): string {
  if (subject === undefined) throw new Error("The effect does not say what it is done to.");
  return subject;
}

/** The nonce of our lease, where we hold one on this machine. */
const nonceFor = ({ status: { lease } }: State, machineId: string): string | undefined =>
  lease?.machineId === machineId ? lease.nonce : undefined;

/** What Fly says of a problem may end up in the timeline: it must not quote a secret of ours. */
async function clean<T extends Seen | EffectOutcome>(input: HandsInput, answer: T): Promise<T> {
  const { outcome } = answer;
  if (!("detail" in outcome)) return answer;
  const detail = await input.secrets.redact(outcome.detail).catch(() => "Fly's answer can't be shown.");
  return { ...answer, outcome: { ...outcome, detail } };
}

/** App names are global: one that exists in another organisation is not ours, however it is called. */
function ownApp(
  outcome: Outcome<{ organization: string }>,
  organization: string,
): Outcome<{ organization: string }> {
  if (outcome.kind !== "ok" || outcome.value.organization === organization) return outcome;
  return { kind: "rejected", detail: "the app's name is taken by another organisation" };
}

function knownMachine({ status }: State): Machine {
  if (status.machine.is !== "known") throw new Error("There is no known machine.");
  return status.machine;
}

function knownVolume({ status }: State): { id: string } {
  if (status.volume.is !== "known") throw new Error("There is no known volume.");
  return status.volume;
}

async function machineInput(input: HandsInput, state: State): Promise<Outcome<MachineInput>> {
  const { identity, spec, status } = state;
  const { volume } = status;
  if (volume.is !== "known") throw new Error("A machine needs its volume first.");
  const names = await input.secrets.names(releaseToRun(state).secretsRevision);
  return mapOk(names, (secretNames) => ({
    identity,
    // The volume sits on one host of one region, and the machine has to go where it is.
    spec: {
      ...spec,
      ...releaseToRun(state),
      region: volume.region as MachineInput["spec"]["region"],
    },
    volumeId: volume.id,
    imageBase: input.imageBase,
    origin: input.originOf(identity.slug),
    defaults: input.defaults[spec.runtime] ?? {},
    secretNames,
    doorKeys: input.doorKeys,
  }));
}

const secretsFloor = ({ status }: State): { min_secrets_version?: number } =>
  status.secretsVersion === null ? {} : { min_secrets_version: status.secretsVersion };

const stopSeconds = ({ spec }: State): number => Math.ceil(RUNTIMES[spec.runtime].stopTimeoutMs / 1000);

const mapOk = <A, B>(outcome: Outcome<A>, map: (value: A) => B): Outcome<B> =>
  outcome.kind === "ok" ? { kind: "ok", value: map(outcome.value) } : outcome;
