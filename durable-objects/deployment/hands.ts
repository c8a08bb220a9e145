import type { GatewayAddress } from "../../worker/clients/gateway.ts";
import { probeGateway } from "../../worker/clients/gateway.ts";
import type { Fly } from "../../worker/clients/fly/fly.ts";
import type { MachineInput } from "../../worker/domain/deployment/machine-config.ts";
import { machineRequest } from "../../worker/domain/deployment/machine-config.ts";
import type { Effect, EffectOutcome, Look, Seen } from "../../worker/domain/deployment/moves.ts";
import { appName, METADATA, volumeName } from "../../worker/domain/deployment/names.ts";
import type { Machine, State } from "../../worker/domain/deployment/state.ts";
import type { Outcome } from "../../worker/domain/outcome.ts";
import { RUNTIMES } from "../../worker/domain/runtimes/index.ts";
import type { Config } from "../../worker/env.ts";
import type { Hands } from "./driver.ts";

/** Carries out what `decide` chose: the translation of a look or an effect into one call. */
export type HandsInput = {
  fly: Fly;
  fetcher: typeof fetch;
  organization: string;
  imageBase: string;
  defaults: Config["RUNTIME_DEFAULTS"];
  appsBase: string;
  /** Where the deployment of this slug is reached. */
  originOf(slug: string): string;
  credentials(): Readonly<Record<string, string>>;
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

export function hands(input: HandsInput): Hands {
  return {
    look: (state, look) => carryLook(input, state, look),
    act: (state, effect) => carryAct(input, state, effect),
  };
}

async function carryLook(input: HandsInput, state: State, look: Look): Promise<Seen> {
  const { fly } = input;
  const app = appName(state.identity);
  switch (look.kind) {
    case "app":
      return { look: "app", outcome: ownApp(await fly.getApp(app), input.organization) };
    case "ip": {
      const first = (ips: readonly string[]) => (ips[0] === undefined ? null : { address: ips[0] });
      return { look: "ip", outcome: mapOk(await fly.listIps(app), first) };
    }
    case "volume": {
      const wanted = volumeName(state.identity);
      return {
        look: "volume",
        outcome: mapOk(await fly.listVolumes(app), (volumes) => {
          const found = volumes.find(({ name, state: is }) => name === wanted && !GONE_VOLUME_STATES.has(is));
          return found === undefined ? null : { id: found.id, region: found.region, sizeGb: found.sizeGb };
        }),
      };
    }
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
    case "gateway": {
      const address: GatewayAddress = { base: input.appsBase, app, machineId: look.id };
      return {
        look: "gateway",
        outcome: await probeGateway(input.fetcher, address, gatewayToken(input, state), input.signal()),
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
      const runtime = RUNTIMES[spec.runtime];
      const { cpuKind, cpus, memoryMb } = runtime.guest;
      const outcome = await fly.createVolume(app, {
        name: volumeName(identity),
        region: spec.region,
        size_gb: runtime.volumeSizeGb,
        // Fly then places the volume on a host that has room for the machine too.
        compute: { cpu_kind: cpuKind, cpus, memory_mb: memoryMb },
      });
      return {
        effect: effect.kind,
        outcome: mapOk(outcome, ({ id, region, sizeGb }) => ({ id, region, sizeGb })),
      };
    }
    case "set_secrets":
      return {
        effect: effect.kind,
        outcome: mapOk(await fly.setSecrets(app, input.credentials()), ({ version }) => ({ version })),
      };
    case "create_machine":
      return {
        effect: effect.kind,
        outcome: await fly.createMachine(app, {
          ...machineRequest(machineInput(input, state)),
          ...secretsFloor(state),
        }),
      };
    case "update_machine": {
      const machine = knownMachine(state);
      const { config } = machineRequest(machineInput(input, state));
      const body = { config, current_version: machine.instanceId, ...secretsFloor(state) };
      return { effect: effect.kind, outcome: await fly.updateMachine(app, machine.id, body) };
    }
    case "start_machine":
      return { effect: effect.kind, outcome: await fly.startMachine(app, knownMachine(state).id) };
    case "stop_machine":
      return {
        effect: effect.kind,
        outcome: await fly.stopMachine(app, knownMachine(state).id, stopSeconds(state)),
      };
    case "restart_machine":
      return {
        effect: effect.kind,
        outcome: await fly.restartMachine(app, knownMachine(state).id, stopSeconds(state)),
      };
    case "delete_machine":
      return { effect: effect.kind, outcome: await fly.deleteMachine(app, knownMachine(state).id) };
    case "delete_volume": {
      if (status.volume.is !== "known") throw new Error("There is no known volume to delete.");
      return { effect: effect.kind, outcome: await fly.deleteVolume(app, status.volume.id) };
    }
    case "delete_app":
      return { effect: effect.kind, outcome: await fly.deleteApp(app) };
  }
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

function machineInput(input: HandsInput, { identity, spec, status }: State): MachineInput {
  if (status.volume.is !== "known") throw new Error("A machine needs its volume first.");
  return {
    identity,
    // The volume sits on one host of one region, and the machine has to go where it is.
    spec: { ...spec, region: status.volume.region as MachineInput["spec"]["region"] },
    volumeId: status.volume.id,
    imageBase: input.imageBase,
    origin: input.originOf(identity.slug),
    defaults: input.defaults[spec.runtime] ?? {},
  };
}

const secretsFloor = ({ status }: State): { min_secrets_version?: number } =>
  status.secretsVersion === null ? {} : { min_secrets_version: status.secretsVersion };

const stopSeconds = ({ spec }: State): number => Math.ceil(RUNTIMES[spec.runtime].stopTimeoutMs / 1000);

function gatewayToken(input: HandsInput, { spec }: State): string {
  const { health } = RUNTIMES[spec.runtime];
  return health.kind === "tools_invoke" ? (input.credentials()[health.tokenSecret] ?? "") : "";
}

const mapOk = <A, B>(outcome: Outcome<A>, map: (value: A) => B): Outcome<B> =>
  outcome.kind === "ok" ? { kind: "ok", value: map(outcome.value) } : outcome;
