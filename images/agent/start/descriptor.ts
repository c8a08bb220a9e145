import { readFile } from "node:fs/promises";
import type { AgentDescriptor, GatewayEntry, GatewayProbe } from "../contract/descriptor.ts";
import type { JsonObject } from "../contract/json.ts";
import type { Policy } from "../contract/policy.ts";

/** The descriptor is missing or not what this agent understands: nothing is started then. */
export class DescriptorError extends Error {
  override readonly name = "DescriptorError";
}

/** Reads the descriptor. Throws a DescriptorError whose words are safe for the log: it quotes nothing. */
export async function readDescriptor(path: string): Promise<AgentDescriptor> {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new DescriptorError("the descriptor can't be read", { cause });
  });
  return parseDescriptor(text);
}

/** Fields it doesn't know are passed over: a newer control plane may say more. */
export function parseDescriptor(text: string): AgentDescriptor {
  const raw = object(parse(text), "the descriptor");
  if (raw["version"] !== 1)
    throw new DescriptorError("the descriptor is of a version this agent doesn't know");
  const [program, ...args] = strings(raw["argv"], "argv");
  if (program === undefined) throw new DescriptorError("argv: is empty");
  const config = object(raw["config"], "config");
  const origin = string(raw["origin"], "origin");
  if (!URL.canParse(origin) || new URL(origin).origin !== origin)
    throw new DescriptorError("origin: is not an origin");
  return {
    version: 1,
    runtime: string(raw["runtime"], "runtime"),
    argv: [program, ...args],
    env: strings(raw["env"], "env"),
    config: {
      pathEnv: string(config["pathEnv"], "config.pathEnv"),
      content: object(config["content"], "config.content"),
    },
    portEnv: string(raw["portEnv"], "portEnv"),
    origin,
    entry: entryOf(object(raw["entry"], "entry")),
    probe: probeOf(object(raw["probe"], "probe")),
    egress: { allow: egressOf(raw["egress"]) },
    drainMs: count(raw["drainMs"], "drainMs"),
    configExitCode: count(raw["configExitCode"], "configExitCode"),
  };
}

/** Who isn't told what may be reached lets nothing be reached. */
function egressOf(value: unknown): Policy["allow"] {
  if (value === undefined) return [];
  const { allow } = object(value, "egress");
  if (!Array.isArray(allow)) throw new DescriptorError("egress.allow: is not a list");
  return allow.map((item) => {
    const one = object(item, "egress.allow");
    const name = string(one["name"], "egress.allow.name");
    const { ports } = one;
    if (ports === undefined) return { name };
    if (!Array.isArray(ports)) throw new DescriptorError("egress.allow.ports: is not a list");
    return { name, ports: ports.map((port) => count(port, "egress.allow.ports")) };
  });
}

function entryOf(entry: JsonObject): GatewayEntry {
  switch (entry["kind"]) {
    case "header":
      return {
        kind: "header",
        user: string(entry["user"], "entry.user"),
        headerNameAt: strings(entry["headerNameAt"], "entry.headerNameAt"),
      };
    case "connect_frame":
      return { kind: "connect_frame", passwordEnv: string(entry["passwordEnv"], "entry.passwordEnv") };
    default:
      throw new DescriptorError("entry.kind: is not known to this agent");
  }
}

function probeOf(probe: JsonObject): GatewayProbe {
  switch (probe["kind"]) {
    case "http":
      return { kind: "http", path: string(probe["path"], "probe.path") };
    case "tools_invoke":
      return { kind: "tools_invoke", passwordEnv: string(probe["passwordEnv"], "probe.passwordEnv") };
    default:
      throw new DescriptorError("probe.kind: is not known to this agent");
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new DescriptorError("the descriptor is not JSON");
  }
}

function object(value: unknown, name: string): JsonObject {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new DescriptorError(`${name}: is not an object`);
  return value as JsonObject; // It came out of JSON.parse.
}

function string(value: unknown, name: string): string {
  if (typeof value !== "string" || value === "") throw new DescriptorError(`${name}: is not a text`);
  return value;
}

function strings(value: unknown, name: string): readonly string[] {
  if (!Array.isArray(value)) throw new DescriptorError(`${name}: is not a list`);
  return value.map((item) => string(item, name));
}

function count(value: unknown, name: string): number {
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0)
    throw new DescriptorError(`${name}: is not a count`);
  return value;
}
