import { NO_KEY } from "./runtimes/descriptor.ts";
import { RUNTIMES } from "./runtimes/index.ts";
import type { RuntimeId } from "./runtimes/descriptor.ts";

/**
 * What a customer's secret may be called: an environment variable of their machine, unless it is one that we, the
 * runtime or the system go by.
 */
const SECRET_NAME = /^[A-Z][A-Z0-9_]{0,63}$/;
/** Fly's, ours, and those by which a program can be made to load other code than it came with. */
const RESERVED_PREFIXES = ["FLY_", "LAUNCHPAD_", "LD_", "NODE_", "NPM_", "GIT_", "SSL_"];
const RESERVED_NAMES = new Set([
  "PATH",
  "HOME",
  "USER",
  "SHELL",
  "HOSTNAME",
  "PWD",
  "TZ",
  "LANG",
  "PRIMARY_REGION",
  "DO_NOT_TRACK",
]);
/** Those of the runtimes' own names that are settings of ours rather than keys of the customer's. */
const RUNTIME_PREFIXES: Readonly<Record<RuntimeId, readonly string[]>> = {
  openclaw: ["OPENCLAW_"],
  clawdbot: ["CLAWDBOT_", "MOLTBOT_"],
  moltbot: ["OPENCLAW_", "MOLTBOT_", "CLAWDBOT_"],
};

/** Why a name can't be used; null when it can. */
export function secretNameProblem(name: string, runtime: RuntimeId): string | null {
  if (!SECRET_NAME.test(name)) return "must be an environment variable: A to Z, 0 to 9 and _, at most 64";
  const { secrets, env } = RUNTIMES[runtime];
  const isOurs =
    RESERVED_NAMES.has(name) ||
    name === NO_KEY.name ||
    Object.hasOwn(env, name) ||
    secrets.some((secret) => secret.name === name) ||
    [...RESERVED_PREFIXES, ...RUNTIME_PREFIXES[runtime]].some((prefix) => name.startsWith(prefix));
  return isOurs ? "is reserved: Launchpad or the runtime itself goes by it" : null;
}

export const SECRETS_MAX = 64;
export const SECRET_BYTES_MAX = 16 * 1024;
