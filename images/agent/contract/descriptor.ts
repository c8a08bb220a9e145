import type { JsonObject } from "./json.ts";
import type { Policy } from "./policy.ts";

/**
 * What the control plane tells a machine's agent: one file of the machine's config. Everything in it can be read back
 * from Fly in clear, so it holds names of secrets and never a value.
 */
export type AgentDescriptor = {
  version: 1;
  /** For log lines, and for what its runtime offers (`obey/table.ts`). */
  runtime: string;
  /** The gateway's command, as the image knows it. */
  argv: readonly [string, ...string[]];
  /** The names of all variables the gateway gets from the machine's environment; of the rest it sees nothing. */
  env: readonly string[];
  config: {
    /** The variable that says where the gateway looks for its config; the agent writes it there. */
    pathEnv: string;
    content: JsonObject;
  };
  /** The variable that holds the loopback port the gateway listens on. */
  portEnv: string;
  /** The deployment's own origin: the only one whose pages may change anything. */
  origin: string;
  entry: GatewayEntry;
  probe: GatewayProbe;
  /** What the gateway may reach: nothing else. */
  egress: Policy;
  /** How long the gateway may take to finish after SIGTERM before it is killed. */
  drainMs: number;
  /** The exit code by which the gateway says that trying again is pointless. */
  configExitCode: number;
};

/** How the gateway is shown who comes in. */
export type GatewayEntry =
  /** It believes a header whose name the agent makes up at every start and writes at this path of the config. */
  | { kind: "header"; user: string; headerNameAt: readonly string[] }
  /** Its page says so in the first frame of its WebSocket: the agent adds the password that this variable holds. */
  | { kind: "connect_frame"; passwordEnv: string };

/** How the agent learns that the gateway serves. */
export type GatewayProbe =
  | { kind: "http"; path: string }
  /** No probe exists: the cheapest call that needs the whole gateway, with the password this variable holds. */
  | { kind: "tools_invoke"; passwordEnv: string };

/** The agent's program in the image. */
export const AGENT_COMMAND = "launchpad-agent";
/** Where the descriptor lies in the guest. */
export const DESCRIPTOR_PATH = "/etc/launchpad/agent.json";

/** The agent's own variables. */
export const AGENT_ENV = {
  descriptorPath: "LAUNCHPAD_AGENT_DESCRIPTOR",
  /** Public JWKS of the door: whoever holds one of the private keys is let in. */
  doorKeys: "LAUNCHPAD_DOOR_KEYS",
  guardHost: "LAUNCHPAD_GUARD_HOST",
  guardPort: "LAUNCHPAD_GUARD_PORT",
  /**
   * Who confines the machine: `outside` whoever runs it, `none` nobody (backends that isolate nothing). Not set: the
   * agent itself, or nothing is started.
   */
  confinement: "LAUNCHPAD_CONFINEMENT",
} as const;

/** Where the agent listens inside the guest: the only port that is reached from outside. */
export const GUARD_PORT = 8080;
/** Open to anybody, one word each; everything else wants an assertion. */
export const LIVE_PATH = "/healthz";
export const STARTED_PATH = "/startupz";
