import { randomBytes } from "node:crypto";
import type { JSONWebKeySet } from "jose";
import { audienceOf } from "./contract/assertion.ts";
import type { AgentDescriptor } from "./contract/descriptor.ts";
import { AGENT_ENV } from "./contract/descriptor.ts";
import type { Guard } from "./guard/guard.ts";
import { createAssertions } from "./guard/assertions.ts";
import { createGuard } from "./guard/guard.ts";
import type { Identity } from "./guard/headers.ts";
import { createHands } from "./obey/hands.ts";
import { createObey } from "./obey/obey.ts";
import { createControlWords } from "./obey/words.ts";
import type { ProbeRequest } from "./guard/probe.ts";
import { calm, probeGateway } from "./guard/probe.ts";
import type { Log } from "./log.ts";
import type { Confined } from "./start/confinement.ts";
import { missingReferences, prepareHome, withValueAt, writeConfig } from "./start/config-file.ts";
import type { Environment } from "./start/environment.ts";
import { forget, gatewayEnvironment, portIn, required } from "./start/environment.ts";
import { StartError } from "./start/start-error.ts";
import type { Gateway } from "./supervise/gateway.ts";
import { startGateway } from "./supervise/gateway.ts";
import { Supervisor } from "./supervise/supervisor.ts";

const HEADER_BYTES = 16;
/** Between two looks whether a gateway that was started serves by now. */
const START_POLL_MS = 250;

export type Agent = {
  supervisor: Supervisor;
  guard: Guard;
  /** Where the guard is to listen. */
  listen: { host: string; port: number };
};

type Run = { identity: Identity; asks: () => Promise<boolean>; hasServed: boolean };

/** Puts an agent together from its descriptor and the machine's environment, which is emptied of what is the gateway's. */
export function createAgent(
  descriptor: AgentDescriptor,
  own: NodeJS.ProcessEnv,
  ports: { log: Log; now: () => number; confined: Confined; cwd: string },
): Agent {
  const { log, now, confined } = ports;
  const { owner, runner } = confined;
  const listen = { host: required(own, AGENT_ENV.guardHost), port: portIn(own, AGENT_ENV.guardPort) };
  const believed = {
    keys: keySet(required(own, AGENT_ENV.doorKeys)),
    audience: audienceOf(required(own, "FLY_APP_NAME"), required(own, "FLY_MACHINE_ID")),
    now,
  };
  const gatewayPort = portIn(own, descriptor.portEnv);
  const configPath = required(own, descriptor.config.pathEnv);
  const probe = probeOf(descriptor, own);
  const connectPassword =
    descriptor.entry.kind === "connect_frame" ? required(own, descriptor.entry.passwordEnv) : null;
  const env = gatewayEnvironment(own, descriptor);
  forget(own, descriptor);

  /** What the present gateway was started with. */
  let run: Run | null = null;

  async function isStarted(): Promise<boolean> {
    const asked = run;
    if (asked === null || supervisor.isStopping || !(await asked.asks())) return false;
    if (!asked.hasServed) log("info", `${descriptor.runtime} has started`);
    asked.hasServed = true;
    return run === asked;
  }

  async function start(): Promise<Gateway> {
    const identity = freshIdentity(descriptor);
    if (owner !== null && env["HOME"] !== undefined) await prepareHome(env["HOME"], owner);
    await writeConfig(configPath, configFor(descriptor, identity, env, log), owner);
    const gateway = startGateway({ argv: descriptor.argv, env, port: gatewayPort, runner, cwd: ports.cwd });
    const asks = calm(() => probeGateway(gatewayPort, probe), now);
    const mine: Run = { identity, asks, hasServed: false };
    run = mine;
    log("info", `${descriptor.runtime} is starting, process ${gateway.pid}`);
    const look = setInterval(() => void isStarted().then((is) => is && clearInterval(look)), START_POLL_MS);
    void gateway.exited.then(() => {
      clearInterval(look);
      lastHasServed = mine.hasServed;
      if (run === mine) run = null;
    });
    return gateway;
  }

  let lastHasServed = false;
  const supervisor = new Supervisor({
    start,
    hasServed: () => lastHasServed,
    now,
    pause,
    log,
    configExitCode: descriptor.configExitCode,
    drainMs: descriptor.drainMs,
  });
  const guard = createGuard({
    assertions: createAssertions(believed),
    origin: descriptor.origin,
    gateway: () => (run === null ? null : { port: gatewayPort, identity: run.identity, connectPassword }),
    isStarted,
    isLive: () => supervisor.isRunning,
    obey: createObey(
      createControlWords(believed),
      createHands({
        runtime: descriptor.runtime,
        program: { command: descriptor.argv[0], env, runner, cwd: ports.cwd },
        restart: () => supervisor.restart(),
      }),
    ),
  });
  return { supervisor, guard, listen };
}

/** A name nobody else in the machine knows takes the place of a shared secret: upstream has no other for its header. */
const freshIdentity = ({ entry }: AgentDescriptor): Identity =>
  entry.kind === "header"
    ? { kind: "header", name: `x-lp-${randomBytes(HEADER_BYTES).toString("hex")}`, user: entry.user }
    : { kind: "local" };

function configFor(descriptor: AgentDescriptor, identity: Identity, env: Environment, log: Log) {
  const { entry, config } = descriptor;
  const missing = missingReferences(config.content, env);
  if (missing.length > 0) log("warn", `the configuration refers to what isn't set: ${missing.join(", ")}`);
  return entry.kind === "header" && identity.kind === "header"
    ? withValueAt(config.content, entry.headerNameAt, identity.name)
    : config.content;
}

const probeOf = ({ probe }: AgentDescriptor, own: NodeJS.ProcessEnv): ProbeRequest =>
  probe.kind === "http" ? { path: probe.path } : { password: required(own, probe.passwordEnv) };

/** The door's public keys. Without one nobody could ever come in, so that is no start either. */
function keySet(text: string): JSONWebKeySet {
  try {
    const keys = JSON.parse(text) as Partial<JSONWebKeySet> | null;
    if (Array.isArray(keys?.keys) && keys.keys.length > 0) return { keys: keys.keys };
  } catch {
    // Said below.
  }
  throw new StartError(`${AGENT_ENV.doorKeys} is no set of keys`);
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
}
