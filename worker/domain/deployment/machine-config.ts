import type { JsonObject } from "../json.ts";
import { mergeJson } from "../json.ts";
import type { Guest, Tier } from "../plans.ts";
import { GUESTS } from "../plans.ts";
import { RUNTIMES } from "../runtimes/index.ts";
import type { RuntimeId } from "../runtimes/descriptor.ts";
import { configPath, VOLUME_PATH } from "../runtimes/descriptor.ts";
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
};

/** Fly restarts a crashed process this often before the machine rests in `stopped`; then the object decides. */
const FLY_RESTARTS_MAX = 3;
const CHECK_INTERVAL = "15s";
const CHECK_TIMEOUT = "5s";
/** Fly stops a machine hard after 5 minutes at most (superfly/docs reference/configuration, kill_timeout). */
const STOP_TIMEOUT_SECONDS_MAX = 300;

/**
 * What a deployment's machine is made from. Pure, and free of secrets: everything in it can be read back from Fly in
 * clear. The runtime's config refers to secrets by name; Fly puts their values into the guest's environment.
 */
function machineConfig({
  identity,
  spec,
  volumeId,
  imageBase,
  origin,
  defaults,
}: MachineInput): MachineConfig {
  const runtime = RUNTIMES[spec.runtime];
  const wished = mergeJson(defaults, spec.config);
  const config = mergeJson(wished, runtime.config({ origin }));
  const stopSeconds = Math.min(Math.ceil(runtime.stopTimeoutMs / 1000), STOP_TIMEOUT_SECONDS_MAX);
  return {
    image: `${imageBase}/${runtime.imageName}:${spec.runtimeVersion}`,
    init: { cmd: runtime.command },
    env: runtime.env,
    guest: wireGuest(guestOf(spec)),
    mounts: [{ volume: volumeId, path: VOLUME_PATH }],
    services: [service(runtime.port)],
    checks: { gateway: check(runtime.health, runtime.port, runtime.startGraceMs) },
    restart: { policy: "on-failure", max_retries: FLY_RESTARTS_MAX },
    stop_config: { signal: "SIGTERM", timeout: `${stopSeconds}s` },
    files: [
      {
        guest_path: configPath(runtime.id),
        raw_value: toBase64(JSON.stringify(config, null, 2)),
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

function check(health: (typeof RUNTIMES)["openclaw"]["health"], port: number, graceMs: number): JsonObject {
  const timing = {
    port,
    interval: CHECK_INTERVAL,
    timeout: CHECK_TIMEOUT,
    grace_period: `${Math.ceil(graceMs / 1000)}s`,
  };
  return health.kind === "http_check"
    ? { type: "http", method: "GET", path: health.path, ...timing }
    : { type: "tcp", ...timing };
}

const toBase64 = (text: string): string => btoa(String.fromCharCode(...new TextEncoder().encode(text)));

/** The body of Fly's machine create and update calls, apart from what only one of them takes. */
export const machineRequest = (input: MachineInput) => ({
  name: machineName(input.volumeId),
  region: input.spec.region,
  config: machineConfig(input),
});
