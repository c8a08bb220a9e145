import type { Confinement } from "../confine/index.ts";
import { confine } from "../confine/index.ts";
import type { HardenOptions } from "../confine/gateway-command.ts";
import { harden, HARDENING } from "../confine/gateway-command.ts";
import type { AgentDescriptor } from "../contract/descriptor.ts";
import { AGENT_ENV } from "../contract/descriptor.ts";
import type { Log } from "../log.ts";
import type { Owner } from "./config-file.ts";
import { StartError } from "./start-error.ts";

/** As whom, and through which programs, a gateway and its command line are started. */
export type Runner = {
  /** Whom what is started is given to; null where `command` sees to that, or where it stays ourselves. */
  spawnAs: Owner | null;
  /** Whose every process is the gateway's; null when it runs as ourselves. */
  uid: number | null;
  command(argv: readonly [string, ...string[]]): readonly [string, ...string[]];
};

export type Confined = {
  /** Who owns the gateway's files; null: ourselves. */
  owner: Owner | null;
  runner: Runner;
  /** Where the agent itself holds what the gateway may reach. */
  egress: Confinement | null;
};

/** The user gateways run as in our images. */
const GATEWAY_USER: Owner = { uid: HARDENING.uid, gid: HARDENING.gid };

const unchanged: Runner["command"] = (argv) => argv;

/**
 * Confines the machine before anything is started in it: from here where it is ours alone (on Fly), or by whoever runs
 * it from outside; a backend that isolates nothing says `none`. Throws a StartError when it should be and can't: then
 * nothing may be started.
 */
export async function confineMachine(
  descriptor: AgentDescriptor,
  own: NodeJS.ProcessEnv,
  ports: { isRoot: boolean; guardPort: number; log: Log; hardening?: HardenOptions },
): Promise<Confined> {
  const { isRoot, guardPort, log, hardening: options = HARDENING } = ports;
  const mode = own[AGENT_ENV.confinement] ?? "inside";
  if (mode === "none" || (mode === "outside" && !isRoot)) {
    log("warn", "the gateway runs as this program's own user: nothing confines it");
    return { owner: null, runner: { spawnAs: null, uid: null, command: unchanged }, egress: null };
  }
  if (mode === "outside") {
    log("info", "what the gateway may reach is watched from outside this machine");
    const runner = { spawnAs: GATEWAY_USER, uid: GATEWAY_USER.uid, command: unchanged };
    return { owner: GATEWAY_USER, runner, egress: null };
  }
  if (mode !== "inside") throw new StartError(`${AGENT_ENV.confinement} is not known to this agent`);
  if (!isRoot) throw new StartError("this machine can't be confined: the agent is not its root");
  try {
    const egress = await confine({ policy: descriptor.egress, publicPorts: [guardPort] });
    const hardening = await harden(options);
    const { uid, gid } = options;
    log("info", `the gateway may reach ${descriptor.egress.allow.length} names, and nothing else`);
    for (const words of hardening.says) log("info", words);
    return { owner: { uid, gid }, runner: { spawnAs: null, uid, command: hardening.command }, egress };
  } catch (error) {
    const reason = error instanceof Error ? (error.message.trim().split("\n")[0] ?? "") : "unknown";
    throw new StartError(`this machine can't be confined: ${reason}`, { cause: error });
  }
}
