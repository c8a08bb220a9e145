import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { JSONWebKeySet } from "jose";
import { audienceOf } from "../../../../images/agent/contract/assertion.ts";
import { AGENT_ENV, DESCRIPTOR_PATH } from "../../../../images/agent/contract/descriptor.ts";
import { createAssertions } from "../../../../images/agent/guard/assertions.ts";
import type { Guard } from "../../../../images/agent/guard/guard.ts";
import { createGuard } from "../../../../images/agent/guard/guard.ts";
import { createObey } from "../../../../images/agent/obey/obey.ts";
import { createControlWords } from "../../../../images/agent/obey/words.ts";
import { parseDescriptor } from "../../../../images/agent/start/descriptor.ts";
import type { Launch } from "../backend.ts";
import { stubHands } from "./obedient.ts";
import type { RuntimeState } from "./runtime.ts";

const LOOPBACK = "127.0.0.1";
/** The name is made up at every start in a real machine; here it only has to be there. */
const USER_HEADER = "x-lp-stub";

type Stub = { launch: Launch; server: Server; state: RuntimeState; log: (line: string) => void };

/**
 * The agent's own guard before a stub, in this process: what the door signs is checked as in a real machine, without
 * a program for each. Null for a machine that starts no agent. `server` is the stub's, which listens on a port of its own.
 */
function guardOf({ launch, server, state, log }: Stub): Guard | null {
  const file = launch.files.find(({ guestPath }) => guestPath === DESCRIPTOR_PATH);
  if (file === undefined) return null;
  const descriptor = parseDescriptor(Buffer.from(file.content).toString("utf8"));
  const { entry } = descriptor;
  const { port } = server.address() as AddressInfo; // It listens.
  const believed = {
    keys: JSON.parse(launch.env[AGENT_ENV.doorKeys] ?? '{"keys":[]}') as JSONWebKeySet, // The product's own.
    audience: audienceOf(launch.app, launch.machineId),
    now: Date.now,
  };
  return createGuard({
    assertions: createAssertions(believed),
    obey: createObey(
      createControlWords(believed),
      stubHands({ runtime: descriptor.runtime, env: launch.env, log }),
    ),
    origin: descriptor.origin,
    gateway: () => ({
      port,
      identity:
        entry.kind === "header" ? { kind: "header", name: USER_HEADER, user: entry.user } : { kind: "local" },
      connectPassword: entry.kind === "header" ? null : (launch.env[entry.passwordEnv] ?? ""),
    }),
    isStarted: async () => state.isHealthy,
    isLive: () => true,
  });
}

/** Starts listening on a free loopback port; answers the server that is to be reached from outside. */
export async function listenGuarded(stub: Stub) {
  const { server } = stub;
  server.listen(0, LOOPBACK);
  await once(server, "listening");
  // It may have been stopped while it began to listen.
  const guard = server.listening ? guardOf(stub) : null;
  if (guard === null) return { front: server, close: async () => undefined };
  guard.server.listen(0, LOOPBACK);
  await once(guard.server, "listening");
  return { front: guard.server, close: () => guard.close() };
}
