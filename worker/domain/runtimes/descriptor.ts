import type { JsonObject } from "../json.ts";

export const RUNTIME_IDS = ["openclaw", "clawdbot", "moltbot"] as const;
export type RuntimeId = (typeof RUNTIME_IDS)[number];

/**
 * Secrets a machine needs from us, made by its Durable Object and handed over as Fly app secrets only. Configs refer to
 * them by name (`${NAME}`), so neither the machine config nor a file in it ever holds one.
 */
export type MachineSecret = {
  name: string;
  /** `header_name`: the unguessable name of a request header. `token`: a 256-bit bearer token. */
  kind: "header_name" | "token";
};

/** How we learn that the gateway serves. */
export type HealthStrategy =
  /** Fly's own check of this path; the object reads it with the machine. */
  | { kind: "http_check"; path: string }
  /** No probe exists: the object asks `POST /tools/invoke` with the machine's token, and Fly checks TCP. */
  | { kind: "tools_invoke"; tokenSecret: string };

/** How its owner gets in through the door. */
export type DoorStrategy =
  | { kind: "trusted_proxy"; headerNameSecret: string }
  /** Needs the runtime agent; until then the page says so. */
  | { kind: "unavailable"; reason: string };

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
  secrets: readonly MachineSecret[];
  port: number;
  health: HealthStrategy;
  /** How long a start may take before a failing probe means anything; generous, measured on slow machines. */
  startGraceMs: number;
  /** How long a clean stop may take before it is killed. */
  stopTimeoutMs: number;
  door: DoorStrategy;
  guest: { cpuKind: "shared"; cpus: number; memoryMb: number };
  volumeSizeGb: number;
};

/** Where the volume is mounted, for every runtime: HOME and state live beneath it. */
export const VOLUME_PATH = "/data";

/** Where gateways listen inside the guest; their own default. */
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
