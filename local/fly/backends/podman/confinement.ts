import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Policy } from "../../../../images/agent/contract/policy.ts";
import { DESCRIPTOR_PATH } from "../../../../images/agent/contract/descriptor.ts";
import { DescriptorError, parseDescriptor } from "../../../../images/agent/start/descriptor.ts";
import type { Launch, LaunchHooks } from "../backend.ts";

/** What a machine's sidecar is told. */
export type SidecarInput = { policy: Policy; wayOut: string; hostPorts: readonly number[] };

export type MachineConfinement = { stop(): void };

const PROGRAM = fileURLToPath(new URL("./sidecar.ts", import.meta.url));
const READY_TIMEOUT_MS = 30_000;
const RESTART_MS = 500;

/** What the machine's agent is told of it; where there is none, or one that its agent wouldn't take, nothing. */
export function policyOf({ files }: Pick<Launch, "files">): Policy {
  const file = files.find(({ guestPath }) => guestPath === DESCRIPTOR_PATH);
  if (file === undefined) return { allow: [] };
  try {
    return parseDescriptor(Buffer.from(file.content).toString("utf8")).egress;
  } catch (error) {
    if (error instanceof DescriptorError) return { allow: [] };
    throw error;
  }
}

/**
 * Confines a machine before it starts. Should the sidecar die, nothing new gets out until another one runs, which is
 * seen to; should this server die, the sidecar ends, and the next server starts one when it adopts the machine.
 */
export async function confineMachine(
  namespace: string,
  input: SidecarInput,
  hooks: LaunchHooks,
): Promise<MachineConfinement> {
  let current: ChildProcess | null = null;
  let isOver = false;

  async function start(): Promise<void> {
    const child = spawn("nsenter", [`--net=${namespace}`, process.execPath, PROGRAM], {
      stdio: ["pipe", "pipe", "pipe"],
      // Nothing of the server's: what it needs to know it is told.
      env: { PATH: `${process.env["PATH"] ?? "/usr/bin:/bin"}:/usr/sbin:/sbin` },
      detached: true,
    });
    current = child;
    let lastWords = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (lastWords = text.trim().slice(-500)));
    child.stdin.on("error", () => undefined).write(`${JSON.stringify(input)}\n`);
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => child.kill("SIGKILL"), READY_TIMEOUT_MS);
      createInterface({ input: child.stdout }).on("line", (line) => {
        const { event, text } = JSON.parse(line) as { event: string; text?: string }; // Our own sidecar.
        if (event === "confined") resolve();
        else if (text !== undefined) hooks.onLog({ at: Date.now(), level: "warn", message: text });
      });
      child.once("error", reject);
      child.once("exit", () => {
        clearTimeout(timer);
        reject(new Error(`The machine could not be confined: ${lastWords}`));
        if (current === child && !isOver) setTimeout(() => void again(), RESTART_MS).unref();
      });
      child.stdout.once("data", () => clearTimeout(timer));
    });
  }

  async function again(): Promise<void> {
    if (isOver) return;
    await start().catch((error: unknown) =>
      hooks.onLog({ at: Date.now(), level: "error", message: String(error) }),
    );
  }

  const stop = (): void => {
    isOver = true;
    current?.kill("SIGKILL");
  };
  try {
    await start();
  } catch (error) {
    stop();
    throw error;
  }
  return { stop };
}
