import type { GatewayEntry, GatewayProbe } from "../../../images/agent/contract/descriptor.ts";
import type { JsonObject } from "../json.ts";

export const RUNTIME_IDS = ["openclaw", "clawdbot", "moltbot"] as const;
export type RuntimeId = (typeof RUNTIME_IDS)[number];

/**
 * Secrets a machine needs from us: 256-bit tokens, sealed by the vault and handed over as Fly app secrets only. Configs
 * refer to them by name (`${NAME}`), so neither the machine config nor a file in it ever holds one.
 */
export type MachineSecret = { name: string };

export type RuntimeConfigInput = {
  /** The deployment's own origin, e.g. `https://name-abcd.apps.example`. */
  origin: string;
};

/** Everything the product knows about one runtime. Adding a runtime is adding a row. */
export type RuntimeDescriptor = {
  id: RuntimeId;
  title: string;
  /** One sentence for the create form. */
  summary: string;
  legacy: boolean;
  /** Newest first; the first is what a new deployment gets. */
  versions: readonly [string, ...string[]];
  /** Repository name of its image; the tag is the version. */
  imageName: string;
  command: readonly [string, ...string[]];
  /** Environment as it stands in the machine config: public, no secrets. */
  env: Readonly<Record<string, string>>;
  /** Our part of the config: wins over what the customer wrote. */
  config: (input: RuntimeConfigInput) => JsonObject;
  /** The variables that say where its config lies and on which loopback port it listens; both are in `env`. */
  configPathEnv: string;
  portEnv: string;
  secrets: readonly MachineSecret[];
  /** How the agent shows it who comes in through the door. */
  entry: GatewayEntry;
  /** How the agent learns that it serves. */
  probe: GatewayProbe;
  /** How long a start may take before a failing probe means anything; generous, measured on slow machines. */
  startGraceMs: number;
  /** How long a clean stop may take before it is killed. */
  stopTimeoutMs: number;
  guest: { cpuKind: "shared"; cpus: number; memoryMb: number };
  volumeSizeGb: number;
};

/** By this code a gateway says that its configuration or state is not usable (`EX_CONFIG` of sysexits). */
export const EXIT_CONFIG = 78;

/** Where the volume is mounted, for every runtime: HOME and state live beneath it. */
export const VOLUME_PATH = "/data";

/** Where gateways listen inside the guest, on loopback; their own default. */
export const GATEWAY_PORT = 18789;

/** Ours, beside the image's own files and off the volume: written anew at every boot, so nothing can drift in it. */
export const configPath = (runtime: RuntimeId): string => `/etc/launchpad/${runtime}.json`;

/**
 * Stands where a runtime insists on an API key for a provider that needs none: a config may say `${LAUNCHPAD_NO_KEY}`.
 * Of what is reserved, the only variable a customer's config may refer to.
 */
export const NO_KEY = { name: "LAUNCHPAD_NO_KEY", value: "none" } as const;

/** The smallest machine all three run well on: they peak at 1.0 to 1.3 GB while starting (measured 2026-11-23). */
export const SMALL_GUEST = { cpuKind: "shared", cpus: 2, memoryMb: 2048 } as const;
export const VOLUME_SIZE_GB = 3;
