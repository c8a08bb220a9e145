import type { ControlOperation } from "../contract/control.ts";

/**
 * What each runtime offers for what the control plane can ask, and by which way: the agent itself, before HTTP or a
 * WebSocket, before a program that takes seconds to start (facts measured on the real packages).
 */
export type Way =
  | { by: "agent" }
  /** The runtime's own program, after its name; `timeoutMs` is several times what a slow machine took. */
  | { by: "cli"; args: readonly string[]; timeoutMs: number }
  | { by: "nothing"; reason: string };

const AGENT: Way = { by: "agent" };
/** January's gateways check their config at start alone, and end with code 1 when they can't read it. */
const NO_VALIDATION: Way = {
  by: "nothing",
  reason: "This runtime has no command that checks a configuration; it is checked when the gateway starts.",
};

const LEGACY: Record<ControlOperation, Way> = {
  "gateway-restart": AGENT,
  "config-validate": NO_VALIDATION,
};

const TABLE: Readonly<Record<string, Record<ControlOperation, Way>>> = {
  openclaw: {
    "gateway-restart": AGENT,
    "config-validate": { by: "cli", args: ["config", "validate", "--json"], timeoutMs: 60_000 },
  },
  clawdbot: LEGACY,
  moltbot: LEGACY,
};

/** The way for a runtime; one that isn't in the table has what the agent does alone. */
export const wayFor = (runtime: string, operation: ControlOperation): Way =>
  (Object.hasOwn(TABLE, runtime) ? TABLE[runtime]?.[operation] : undefined) ?? LEGACY[operation];
