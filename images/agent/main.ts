import { once } from "node:events";
import { createAgent, StartError } from "./agent.ts";
import { AGENT_ENV, DESCRIPTOR_PATH } from "./contract/descriptor.ts";
import { consoleLog } from "./log.ts";
import { DescriptorError, readDescriptor } from "./start/descriptor.ts";

/**
 * The program of every machine: guards its door, starts the gateway and keeps it running. It ends with the gateway's
 * own exit code, so that whoever watches the machine sees what they would without it.
 */
const EXIT_CONFIG = 78;
const EXIT_FAILED = 1;

async function main(): Promise<number> {
  // Files of ours are for their owner alone, whatever the machine's habit is.
  process.umask(0o077);
  const descriptor = await readDescriptor(process.env[AGENT_ENV.descriptorPath] ?? DESCRIPTOR_PATH);
  const { supervisor, guard, listen } = createAgent(descriptor, process.env, {
    log: consoleLog,
    now: Date.now,
    isRoot: process.getuid?.() === 0,
    cwd: process.cwd(),
  });
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => supervisor.stop());
  guard.server.listen(listen.port, listen.host);
  await once(guard.server, "listening");
  const code = await supervisor.run();
  await guard.close();
  return code;
}

try {
  process.exitCode = await main();
} catch (error) {
  // What is wrong with a descriptor is told without quoting it; of other errors the kind must do.
  const isOurs = error instanceof DescriptorError || error instanceof StartError;
  const { code } = error as NodeJS.ErrnoException;
  consoleLog("error", isOurs ? `can't start: ${error.message}` : `can't start: ${code ?? "unknown"}`);
  process.exitCode = isOurs ? EXIT_CONFIG : EXIT_FAILED;
}
process.exit();
