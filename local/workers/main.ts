import { readFile } from "node:fs/promises";
import { startControlPlane } from "./control-plane.ts";
import { onAbandoned } from "../process/ancestors.ts";

/**
 * Both Workers as a program of their own, so that they can be killed and started again while the local Fly and its
 * machines go on. Reads its settings from LAUNCHPAD_WORKERS (JSON): it holds secrets, and a command line doesn't keep
 * any.
 */
export type WorkersSettings = {
  port: number;
  persist: string;
  worker: string;
  functionScript: string;
  assets: string;
  vars: Record<string, string>;
  clockUrl: string;
};

/** A dead workerd is noticed this fast; Miniflare doesn't tell. */
const POLL_MS = 300;
/** Twice in a row: one refused connection may be a restart of the socket. */
const MISSES_MAX = 2;

async function main(): Promise<void> {
  const settings = JSON.parse(process.env["LAUNCHPAD_WORKERS"] ?? "{}") as WorkersSettings; // Written by up.ts alone.
  delete process.env["LAUNCHPAD_WORKERS"];
  const plane = await startControlPlane({
    worker: await readFile(settings.worker, "utf8"),
    dashboard: { functionScript: await readFile(settings.functionScript, "utf8"), assets: settings.assets },
    port: settings.port,
    persist: settings.persist,
    vars: settings.vars,
    clockUrl: settings.clockUrl,
  });
  const url = plane.url.origin;

  const end = (): void => {
    void plane.close().finally(() => process.exit(0));
  };
  process.on("SIGTERM", end);
  process.on("SIGINT", end);
  process.on("disconnect", end);
  onAbandoned(end);
  process.on("message", () => {
    plane.sweep().then(
      () => process.send?.("swept"),
      (error: unknown) => process.stderr.write(`The sweep failed: ${String(error)}\n`),
    );
  });
  watch(url);
  process.stdout.write(`${JSON.stringify({ event: "listening", url })}\n`);
}

function watch(url: string): void {
  let misses = 0;
  setInterval(() => {
    fetch(`${url}/api/health`).then(
      () => {
        misses = 0;
      },
      () => {
        misses += 1;
        // Exit hard: what could be closed is gone, and the supervisor starts us afresh.
        if (misses >= MISSES_MAX) process.exit(1);
      },
    );
  }, POLL_MS).unref();
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${describe(error)}\n`);
  process.exit(1);
}

function describe(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return /EADDRINUSE|Address already in use/.test(text)
    ? "The port is in use. Choose another with --port."
    : (text.split("\n")[0] ?? text);
}
