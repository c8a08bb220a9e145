import type { AgentDescriptor } from "../contract/descriptor.ts";
import { StartError } from "./start-error.ts";

/**
 * What every program gets, where it is set: how to find programs and where to write. `LAUNCHPAD_MACHINE_ID` is the mark
 * by which the process backend finds a machine's processes.
 */
const EVERYONES = ["PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "TMPDIR", "LAUNCHPAD_MACHINE_ID"];

export type Environment = Readonly<Record<string, string>>;

/** The gateway's environment: what is named for it, nothing else. A name that isn't set stays unset. */
export function gatewayEnvironment(from: NodeJS.ProcessEnv, { env }: AgentDescriptor): Environment {
  const allowed = [...EVERYONES, ...env];
  return Object.fromEntries(
    allowed.flatMap((name) => {
      const value = from[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/**
 * Takes the gateway's variables out of our own environment, so that nothing we start or print later has them by
 * accident. The kernel's copy of what we were started with stays: against that stands the user the gateway runs as.
 */
export function forget(own: NodeJS.ProcessEnv, { env }: AgentDescriptor): void {
  for (const name of env) delete own[name];
}

/** What has to be set. Throws a StartError with its name. */
export function required(own: NodeJS.ProcessEnv, name: string): string {
  const value = own[name];
  if (value === undefined || value === "") throw new StartError(`${name} is not set`);
  return value;
}

export function portIn(own: NodeJS.ProcessEnv, name: string): number {
  const value = Number(required(own, name));
  if (!Number.isInteger(value) || value < 1 || value > 65_535) throw new StartError(`${name} is no port`);
  return value;
}
