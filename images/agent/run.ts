import { once } from "node:events";
import { createAgent } from "./agent.ts";
import type { HardenOptions } from "./confine/gateway-command.ts";
import { AGENT_ENV, DESCRIPTOR_PATH } from "./contract/descriptor.ts";
import { consoleLog } from "./log.ts";
import { confineMachine } from "./start/confinement.ts";
import { DescriptorError, readDescriptor } from "./start/descriptor.ts";
import { portIn } from "./start/environment.ts";
import { StartError } from "./start/start-error.ts";

/**
 * The agent's life: reads what it is told, confines the machine, guards its door, starts the gateway and keeps it
 * running. Answers the code to end with: the gateway's own, so that whoever watches the machine sees what they would
 * without the agent.
 */
const EXIT_CONFIG = 78;
const EXIT_FAILED = 1;

export async function runAgent(hardening?: HardenOptions): Promise<number> {
  try {
    return await live(hardening);
  } catch (error) {
    // What is wrong with a descriptor is told without quoting it; of other errors the kind must do.
    const isOurs = error instanceof DescriptorError || error instanceof StartError;
    const { code } = error as NodeJS.ErrnoException;
    consoleLog("error", isOurs ? `can't start: ${error.message}` : `can't start: ${code ?? "unknown"}`);
    return isOurs ? EXIT_CONFIG : EXIT_FAILED;
  }
}

async function live(hardening: HardenOptions | undefined): Promise<number> {
  const own = process.env;
  const descriptor = await readDescriptor(own[AGENT_ENV.descriptorPath] ?? DESCRIPTOR_PATH);
  const confined = await confineMachine(descriptor, own, {
    isRoot: process.getuid?.() === 0,
    guardPort: portIn(own, AGENT_ENV.guardPort),
    log: consoleLog,
    ...(hardening === undefined ? {} : { hardening }),
  });
  const { supervisor, guard, listen } = createAgent(descriptor, own, {
    log: consoleLog,
    now: Date.now,
    confined,
    cwd: process.cwd(),
  });
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => supervisor.stop());
  guard.server.listen(listen.port, listen.host);
  await once(guard.server, "listening");
  const code = await supervisor.run();
  await guard.close();
  // The rules stay: nothing that is left in the machine gets out.
  await confined.egress?.close();
  return code;
}
