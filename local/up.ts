import { appendFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import type { LocalCloud } from "./cloud.ts";
import { startLocalCloud } from "./cloud.ts";
import { ensureDemo } from "./demo.ts";
import { type Options, parseOptions } from "./options.ts";
import { ensureOperator } from "./operator.ts";
import { onAbandoned } from "./process/ancestors.ts";
import { StateDir, writePrivately } from "./state-dir.ts";

const MACHINES: Readonly<Record<Options["backend"], string>> = {
  stub: "stubs that only pretend",
  process: "real gateways as child processes; nothing isolates them from this computer",
  podman: "real gateways in containers of their own",
};

/**
 * `npm start`: the control plane and the cloud it runs on, on this computer. Ends with Ctrl-C, SIGTERM or the death of
 * whoever started it, and takes everything it started along.
 */
async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2));
  await claimPort(options.port);
  const state = await StateDir.open(options.state);
  const logFile = state.file("launchpad.log");
  const summaryFile = state.file("launchpad.json");

  let cloud: LocalCloud | null = null;
  let isEnding = false;
  const end = (code: number, why: string | null): void => {
    if (isEnding) return;
    isEnding = true;
    if (why !== null) console.error(why);
    void rm(summaryFile, { force: true })
      .then(() => cloud?.stop())
      .finally(() => process.exit(code));
  };
  process.on("SIGINT", () => end(130, "\nStopping …"));
  process.on("SIGTERM", () => end(143, "Stopping …"));
  process.on("SIGHUP", () => end(129, null));
  onAbandoned(() => end(1, null));

  cloud = await startLocalCloud(options, state, {
    say: (text) => console.log(text),
    onLine: (name, line) => void appendFile(logFile, `${name} ${line}\n`, { mode: 0o600 }),
    onGivenUp: (reason) => end(1, `${reason} Its last words are in ${logFile}.`),
  });
  const { addresses, flyToken, operatorToken, flyOrg } = cloud;
  const demo = options.demo ? await ensureDemo({ file: state.file("demo.json"), ...addresses }) : null;
  const operator = await ensureOperator({ file: state.file("operator.json"), operatorToken, ...addresses });
  const { model, ...published } = addresses;
  await writePrivately(summaryFile, { ...published, flyToken, operator, flyOrg, pid: process.pid });

  console.log(
    [
      "",
      "Launchpad is running.",
      "",
      `  Dashboard   ${addresses.dashboard}`,
      `  Mail        ${addresses.mail}   (what it sends arrives here)`,
      `  API         ${addresses.api}   (described at ${addresses.api}/docs)`,
      `  Model       ${model}   (needs no key; every assistant has it)`,
      `  Machines    ${MACHINES[options.backend]}`,
      `  State       ${state.path}`,
      ...(demo === null ? [] : ["", `  Log in as   ${demo.email}`, `  Password    ${demo.password}`]),
      "",
      "Stop with Ctrl-C.",
      "",
    ].join("\n"),
  );
}

/** Before anything is built or started: the commonest reason for a start to fail. */
async function claimPort(port: number): Promise<void> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once("error", (error: NodeJS.ErrnoException) =>
      reject(
        new Error(
          error.code === "EADDRINUSE"
            ? `Port ${port} is in use. Choose another with --port.`
            : `Port ${port} can't be used (${error.code}).`,
        ),
      ),
    );
    probe.listen(port, "127.0.0.1", resolve);
  });
  await new Promise((resolve) => probe.close(resolve));
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
}
