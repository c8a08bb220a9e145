import { createHash } from "node:crypto";
import { z } from "zod";
import { formatDuration, parseDuration } from "./durations.ts";
import type { ImageRef } from "./entities.ts";
import { badRequest } from "./errors.ts";

/**
 * A machine's `config`: what this server acts on is typed, everything else is kept and answered as it came, because
 * Fly answers the whole config back.
 */

const duration = z.union([z.string(), z.number()]).transform((value, context) => {
  const ms = parseDuration(value);
  if (ms !== null) return typeof value === "number" ? formatDuration(ms) : value;
  context.addIssue({ code: "custom", message: `time: invalid duration "${value}"` });
  return z.NEVER;
});

const port = z.number().int().min(1).max(65_535);
const words = z.array(z.string());

const checkSchema = z.looseObject({
  type: z.enum(["tcp", "http"]),
  port: port.optional(),
  interval: duration.optional(),
  timeout: duration.optional(),
  grace_period: duration.optional(),
  method: z.string().optional(),
  path: z.string().optional(),
  protocol: z.string().optional(),
  headers: z.array(z.looseObject({ name: z.string(), values: words.default([]) })).optional(),
});

const serviceSchema = z.looseObject({
  protocol: z.string().optional(),
  internal_port: port,
  ports: z.array(z.looseObject({ port: port.optional(), handlers: words.optional() })).optional(),
  checks: z.array(checkSchema).optional(),
  autostart: z.boolean().optional(),
  // Answers carry booleans for "off" and "stop" (openapi.patched.json, x-deviations).
  autostop: z
    .union([z.boolean(), z.enum(["off", "stop", "suspend"])])
    .transform((value) => (value === "off" ? false : value === "stop" ? true : value))
    .optional(),
});

const configSchema = z.looseObject({
  image: z.string().min(1, "cannot be empty"),
  env: z.record(z.string(), z.string()).optional(),
  guest: z
    .looseObject({
      cpu_kind: z.string().optional(),
      cpus: z.number().optional(),
      memory_mb: z.number().optional(),
    })
    .optional(),
  mounts: z.array(z.looseObject({ volume: z.string().optional(), path: z.string().optional() })).optional(),
  services: z.array(serviceSchema).optional(),
  checks: z.record(z.string(), checkSchema).optional(),
  restart: z
    .looseObject({
      // flyctl sends an empty policy for the default one.
      policy: z.enum(["", "no", "always", "on-failure"]).optional(),
      max_retries: z.number().int().optional(),
    })
    .optional(),
  auto_destroy: z.boolean().optional(),
  metadata: z.record(z.string(), z.string()).optional(),
  files: z
    .array(
      z.looseObject({
        guest_path: z.string().startsWith("/", "must be an absolute path"),
        raw_value: z.string().optional(),
        secret_name: z.string().optional(),
        mode: z.number().int().optional(),
      }),
    )
    .optional(),
  init: z
    .looseObject({ exec: words.optional(), entrypoint: words.optional(), cmd: words.optional() })
    .optional(),
  stop_config: z.looseObject({ signal: z.string().optional(), timeout: duration.optional() }).optional(),
  containers: z.array(z.unknown()).optional(),
  size: z.string().optional(),
});

type ParsedConfig = z.infer<typeof configSchema>;

type Guest = { cpu_kind: string; cpus: number; memory_mb: number };
export type MachineConfig = ParsedConfig & { guest: Guest };
export type CheckConfig = z.infer<typeof checkSchema>;
export type ServiceConfig = z.infer<typeof serviceSchema>;

/** What each CPU kind may have; the refusals' texts are as measured against the live API by third parties. */
const CPU_KINDS: Readonly<
  Record<string, { cpus: readonly number[]; minMb: number; maxMb: number; stepMb: number }>
> = {
  shared: { cpus: [1, 2, 4, 6, 8], minMb: 256, maxMb: 2048, stepMb: 256 },
  performance: { cpus: [1, 2, 4, 6, 8, 10, 12, 14, 16, 32, 64, 128], minMb: 2048, maxMb: 8192, stepMb: 1024 },
};

/** Checks and normalises a config; throws the 400 Fly would answer. */
export function parseConfig(input: unknown): MachineConfig {
  const parsed = configSchema.safeParse(withoutNulls(input) ?? {});
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw badRequest(
      `invalid ${["config", ...(issue?.path ?? [])].join(".")}, ${issue?.message ?? "malformed"}`,
    );
  }
  const config = parsed.data;
  if ((config.mounts?.length ?? 0) > 1)
    throw badRequest("invalid config.mounts, only one volume can be mounted");
  const mount = config.mounts?.[0];
  if (mount !== undefined && (mount.volume ?? "") === "")
    throw badRequest("invalid config.mounts.0.volume, cannot be empty");
  if (mount !== undefined && !(mount.path ?? "").startsWith("/")) {
    throw badRequest("invalid config.mounts.0.path, must be an absolute path");
  }
  if ((config.containers?.length ?? 0) > 0) {
    throw badRequest("invalid config.containers, containers are not built into the local Fly");
  }
  for (const [index, file] of (config.files ?? []).entries()) {
    if (file.raw_value === undefined && file.secret_name === undefined) {
      throw badRequest(`invalid config.files.${index}, one of raw_value or secret_name must be provided`);
    }
  }
  // Fly answers the sections it filled in itself (superfly/docs machines/api/machines-resource, create sample).
  return { init: {}, dns: {}, ...config, guest: resolveGuest(config) };
}

function resolveGuest(config: ParsedConfig): Guest {
  const preset = /^(shared-cpu|performance)-(\d+)x$/.exec(config.size ?? "");
  const fallback: Guest = { cpu_kind: "shared", cpus: 1, memory_mb: 256 };
  if (config.guest === undefined && preset === null) return fallback;
  const kindOfPreset = preset?.[1] === "performance" ? "performance" : preset === null ? undefined : "shared";
  const kindName = config.guest?.cpu_kind ?? kindOfPreset ?? "";
  const kind = CPU_KINDS[kindName];
  if (kind === undefined)
    throw badRequest("invalid config.guest.cpu_kind, must be one of [shared performance]");
  const cpus = config.guest?.cpus ?? Number(preset?.[2] ?? 1);
  if (!kind.cpus.includes(cpus))
    throw badRequest(`invalid config.guest.cpus, must be one of [${kind.cpus.join(" ")}]`);
  const memoryMb = config.guest?.memory_mb ?? kind.minMb * cpus;
  if (memoryMb < kind.minMb * cpus) {
    throw badRequest(`invalid config.guest.memory_mb, minimum required ${kind.minMb * cpus} MiB`);
  }
  if (memoryMb > kind.maxMb * cpus) {
    throw badRequest(`invalid config.guest.memory_mb, cannot exceed ${kind.maxMb * cpus} MiB`);
  }
  if (memoryMb % kind.stepMb !== 0) {
    throw badRequest(`invalid config.guest.memory_mb, must be a multiple of ${kind.stepMb} MiB`);
  }
  return { ...config.guest, cpu_kind: kindName, cpus, memory_mb: memoryMb };
}

/** The ports a config's services and checks name, each once. */
export function guestPorts(config: MachineConfig): number[] {
  const services = config.services ?? [];
  const checks = [
    ...Object.values(config.checks ?? {}),
    ...services.flatMap((service) => service.checks ?? []),
  ];
  const ports = [...services.map((service) => service.internal_port), ...checks.map((check) => check.port)];
  return [...new Set(ports.filter((value) => value !== undefined))];
}

/**
 * A config's checks by the name Fly reports them under: its own, and `servicecheck-00-tcp-8080` for those of services
 * (facts/fly.md section 3).
 */
export function namedChecks(config: MachineConfig): { name: string; check: CheckConfig; port: number }[] {
  const own = Object.entries(config.checks ?? {}).flatMap(([name, check]) =>
    check.port === undefined ? [] : [{ name, check, port: check.port }],
  );
  const ofServices = (config.services ?? []).flatMap((service) =>
    (service.checks ?? []).map((check) => ({ check, port: check.port ?? service.internal_port })),
  );
  const numbered = ofServices.map(({ check, port: checked }, index) => ({
    name: `servicecheck-${String(index).padStart(2, "0")}-${check.type}-${checked}`,
    check,
    port: checked,
  }));
  return [...own, ...numbered];
}

/**
 * Splits an image reference as Docker does. An unpinned image gets a digest made from its name, where Fly would have
 * asked the registry.
 */
export function parseImage(image: string): ImageRef {
  const [named = "", pinned] = image.split("@");
  const slash = named.indexOf("/");
  const first = slash === -1 ? "" : named.slice(0, slash);
  const hasRegistry = first.includes(".") || first.includes(":") || first === "localhost";
  const registry = hasRegistry ? first : "registry-1.docker.io";
  const path = hasRegistry ? named.slice(slash + 1) : named;
  const colon = path.lastIndexOf(":");
  const bare = colon === -1 ? path : path.slice(0, colon);
  const repository = hasRegistry || bare.includes("/") ? bare : `library/${bare}`;
  const tag = colon === -1 ? (pinned === undefined ? "latest" : undefined) : path.slice(colon + 1);
  const digest = pinned ?? `sha256:${createHash("sha256").update(image).digest("hex")}`;
  return { registry, repository, ...(tag === undefined ? {} : { tag }), digest };
}

/** Go clients send `null` for what they leave out, and Fly reads it as absent. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (value === null || typeof value !== "object") return value === null ? undefined : value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => (inner === null ? [] : [[key, withoutNulls(inner)]])),
  );
}
