import type { AgentDescriptor } from "../../../images/agent/contract/descriptor.ts";
import {
  AGENT_COMMAND,
  AGENT_ENV,
  DESCRIPTOR_PATH,
  GUARD_PORT,
  STARTED_PATH,
} from "../../../images/agent/contract/descriptor.ts";
import { egressOf } from "../egress.ts";
import type { JsonObject } from "../json.ts";
import { mergeJson } from "../json.ts";
import type { Guest, Tier } from "../plans.ts";
import { GUESTS } from "../plans.ts";
import { RUNTIMES } from "../runtimes/index.ts";
import type { RuntimeDescriptor, RuntimeId } from "../runtimes/descriptor.ts";
import { EXIT_CONFIG, VOLUME_PATH } from "../runtimes/descriptor.ts";
import { machineName, METADATA } from "./names.ts";
import type { Identity, Spec } from "./state.ts";

/** What of Fly's machine config we use (`fly/openapi`, `fly.MachineConfig`); names are Fly's own. */
export type MachineConfig = {
  image: string;
  init: { cmd: readonly string[] };
  env: Readonly<Record<string, string>>;
  guest: { cpu_kind: string; cpus: number; memory_mb: number };
  mounts: readonly { volume: string; path: string }[];
  services: readonly JsonObject[];
  checks: Readonly<Record<string, JsonObject>>;
  restart: { policy: "on-failure"; max_retries: number };
  stop_config: { signal: string; timeout: string };
  files: readonly { guest_path: string; raw_value: string; mode: number }[];
  metadata: Readonly<Record<string, string>>;
};

export type MachineInput = {
  identity: Identity;
  spec: Spec;
  volumeId: string;
  /** Prefix of every image, e.g. `registry.fly.io/launchpad`. */
  imageBase: string;
  /** The deployment's own origin. */
  origin: string;
  /** What the house puts beneath the customer's config. */
  defaults: JsonObject;
  /** What the vault has for this machine, by name. */
  secretNames: readonly string[];
  /** The door's public keys, as a JWKS: whoever signs with one of theirs is let in by the agent. */
  doorKeys: JsonObject;
};

/** Fly restarts a crashed process this often before the machine rests in `stopped`; then the object decides. */
const FLY_RESTARTS_MAX = 3;
const CHECK_INTERVAL = "15s";
const CHECK_TIMEOUT = "5s";
/** Fly stops a machine hard after 5 minutes at most (superfly/docs reference/configuration, kill_timeout). */
const STOP_TIMEOUT_SECONDS_MAX = 300;
/** The agent kills what doesn't end a little before Fly would, so that it can still say so. */
const DRAIN_MARGIN_MS = 5_000;

/**
 * What a deployment's machine is made from. Pure, and free of secrets: everything in it can be read back from Fly in
 * clear. The runtime's config refers to secrets by name; Fly puts their values into the guest's environment, where the
 * agent hands on those it is told the names of.
 */
function machineConfig(input: MachineInput): MachineConfig {
  const { identity, spec, volumeId, imageBase, origin, defaults } = input;
  const runtime = RUNTIMES[spec.runtime];
  const wished = mergeJson(defaults, spec.config);
  const config = mergeJson(wished, runtime.config({ origin }));
  const stopSeconds = Math.min(Math.ceil(runtime.stopTimeoutMs / 1000), STOP_TIMEOUT_SECONDS_MAX);
  return {
    image: `${imageBase}/${runtime.imageName}:${spec.runtimeVersion}`,
    init: { cmd: [AGENT_COMMAND] },
    env: {
      ...runtime.env,
      [AGENT_ENV.guardHost]: "0.0.0.0",
      [AGENT_ENV.guardPort]: String(GUARD_PORT),
      [AGENT_ENV.descriptorPath]: DESCRIPTOR_PATH,
      [AGENT_ENV.doorKeys]: JSON.stringify(input.doorKeys),
    },
    guest: wireGuest(guestOf(spec)),
    mounts: [{ volume: volumeId, path: VOLUME_PATH }],
    services: [service(GUARD_PORT)],
    checks: { gateway: check(runtime.startGraceMs) },
    restart: { policy: "on-failure", max_retries: FLY_RESTARTS_MAX },
    stop_config: { signal: "SIGTERM", timeout: `${stopSeconds}s` },
    files: [
      {
        guest_path: DESCRIPTOR_PATH,
        raw_value: toBase64(
          JSON.stringify(descriptor(runtime, config, input, stopSeconds * 1000 - DRAIN_MARGIN_MS), null, 2),
        ),
        mode: 0o600,
      },
    ],
    metadata: {
      [METADATA.controlPlane]: identity.controlPlaneId,
      [METADATA.deployment]: identity.id,
      [METADATA.generation]: String(spec.configGeneration),
    },
  };
}

/** A runtime knows what it needs at least; who has cores of their own gets the tier's. */
export function guestOf({ tier, runtime }: { tier: Tier; runtime: RuntimeId }): Guest {
  const least = RUNTIMES[runtime].guest;
  const { cpuKind, cpus, memoryMb } = tier === "shared" ? least : GUESTS[tier];
  return { cpuKind, cpus, memoryMb: Math.max(memoryMb, least.memoryMb) };
}

/** As Fly spells it. */
export const wireGuest = ({ cpuKind, cpus, memoryMb }: Guest): MachineConfig["guest"] => ({
  cpu_kind: cpuKind,
  cpus,
  memory_mb: memoryMb,
});

/**
 * Autostart and autostop are off: a stopped deployment must not be woken by a stray request, and an assistant that
 * holds sockets to chat services must not be put to sleep.
 */
const service = (port: number): JsonObject => ({
  protocol: "tcp",
  internal_port: port,
  autostart: false,
  autostop: "off",
  ports: [{ port: 443, handlers: ["tls", "http"], force_https: false }],
});

/** The agent passes on what the gateway's own start-up probe says. */
const check = (graceMs: number): JsonObject => ({
  type: "http",
  method: "GET",
  path: STARTED_PATH,
  port: GUARD_PORT,
  interval: CHECK_INTERVAL,
  timeout: CHECK_TIMEOUT,
  grace_period: `${Math.ceil(graceMs / 1000)}s`,
});

/** What the agent is told. */
const descriptor = (
  runtime: RuntimeDescriptor,
  config: JsonObject,
  { spec, origin, secretNames }: MachineInput,
  drainMs: number,
): AgentDescriptor => ({
  version: 1,
  runtime: runtime.id,
  argv: runtime.command,
  env: [...Object.keys(runtime.env), ...secretNames],
  config: { pathEnv: runtime.configPathEnv, content: config },
  portEnv: runtime.portEnv,
  origin,
  entry: runtime.entry,
  probe: runtime.probe,
  egress: { allow: egressOf(spec.egress) },
  drainMs,
  configExitCode: EXIT_CONFIG,
});

const toBase64 = (text: string): string => btoa(String.fromCharCode(...new TextEncoder().encode(text)));

/** The body of Fly's machine create and update calls, apart from what only one of them takes. */
export const machineRequest = (input: MachineInput) => ({
  name: machineName(input.volumeId),
  region: input.spec.region,
  config: machineConfig(input),
});
