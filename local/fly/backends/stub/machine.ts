import type { Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { ExecResult, Exit, Launch, LaunchHooks, LogLine, Running } from "../backend.ts";
import { createGuestFiles, type GuestFiles } from "./guest-files.ts";
import { listenGuarded } from "./guarded.ts";
import { createRuntimeServer, type RuntimeState } from "./runtime.ts";

const LOOPBACK = "127.0.0.1";
const KILLED: Exit = { code: null, signal: "SIGKILL", oomKilled: false };
const OUT_OF_MEMORY: Exit = { code: null, signal: "SIGKILL", oomKilled: true };

type MachineOptions = {
  launch: Launch;
  hooks: LaunchHooks;
  record: unknown;
  root: string;
  volume: string | null;
  bootMs: number;
};

/**
 * One run of a stub machine: files written, boot counted, and after `bootMs` its port listens. Only then is it started,
 * so that who waits for that finds it answering; `STUB_LISTEN_MS` puts time between the two, as real gateways do.
 */
export async function startStubMachine(options: MachineOptions): Promise<Running> {
  const { launch, hooks } = options;
  const files = createGuestFiles(launch, options.root, options.volume);
  for (const { guestPath, content, mode } of launch.files) await files.write(guestPath, content, mode);
  const boots = await files.countBoot();
  const habits = habitsOf(launch);
  const state: RuntimeState = { isHealthy: habits.isHealthy, startedAt: Date.now() };
  const server = createRuntimeServer(launch, state);
  const sockets = trackSockets(server);
  const { promise: exited, resolve } = Promise.withResolvers<Exit>();
  const { promise: listening, resolve: listens } = Promise.withResolvers<void>();
  let isOver = false;
  let reached: Awaited<ReturnType<typeof listenGuarded>> | null = null;

  function log(message: string, level: LogLine["level"] = "info"): void {
    hooks.onLog({ at: Date.now(), level, message });
  }

  function end(exit: Exit): void {
    if (isOver) return;
    isOver = true;
    clearTimeout(boot);
    server.close();
    void reached?.close();
    for (const socket of sockets) socket.destroy();
    log(
      exit.code === 0 ? "stub runtime: shutdown completed cleanly" : "stub runtime: ended",
      exit.code === 0 ? "info" : "error",
    );
    resolve(exit);
  }

  log(`stub runtime: boot ${boots} of ${launch.image}`);
  if (habits.isTalkative)
    for (const [name, value] of Object.entries(launch.env))
      if (name.endsWith("_KEY")) log(`${name}=${value}`);
  const { exitCode } = habits;
  const listenMs = Number(launch.env["STUB_LISTEN_MS"] ?? 0);
  const listen = (): void =>
    void listenGuarded({ launch, server, state, log }).then((guarded) => {
      reached = guarded;
      if (isOver) void guarded.close();
      log("stub runtime: listening");
      listens();
    });
  let boot = setTimeout(
    () => {
      if (exitCode !== undefined) return end({ code: exitCode, signal: null, oomKilled: false });
      if (listenMs === 0) return listen();
      boot = setTimeout(listen, listenMs);
      return listens();
    },
    exitCode === undefined ? options.bootMs : 1,
  );

  await Promise.race([listening, exited]);
  return {
    record: options.record,
    exited,
    endpoint(guestPort) {
      const address = (reached?.front.address() ?? null) as AddressInfo | null; // It listens on a port.
      const isMapped = launch.guestPorts.includes(guestPort) && address !== null && !isOver;
      return isMapped ? { host: LOOPBACK, port: address.port } : null;
    },
    async stop(signal, timeoutMs) {
      const neededMs = Number(launch.env["STUB_STOP_MS"] ?? 0);
      if (signal !== "SIGKILL") {
        log(`stub runtime: ${signal} received`);
        // A kill in the meantime ends the wait.
        await Promise.race([exited, delay(Math.min(neededMs, timeoutMs))]);
      }
      end(
        signal === "SIGKILL" || neededMs > timeoutMs ? KILLED : { code: 0, signal: null, oomKilled: false },
      );
      return exited;
    },
    async signal(signal) {
      if (signal === "SIGKILL") end(KILLED);
      else if (signal === "SIGTERM" || signal === "SIGINT") end({ code: 0, signal: null, oomKilled: false });
      else log(`stub runtime: ${signal} received`);
    },
    exec: (command) => runBuiltin(command, { launch, files, state, end, log }),
  };
}

type Habits = { isHealthy: boolean; isTalkative: boolean; exitCode: number | undefined };

/**
 * How it misbehaves: by the machine's environment, or by its image, like a bad release. `stub-exit-78` exits with that
 * code at every boot, `stub-talkative-exit-78` after writing every key it has into its log, and `stub-unhealthy` never
 * passes its probe.
 */
function habitsOf({ env, image }: Launch): Habits {
  const tag = image.slice(image.lastIndexOf(":") + 1);
  const exitCode = env["STUB_EXIT_CODE"] ?? /^stub-(?:talkative-)?exit-(\d+)$/.exec(tag)?.[1];
  return {
    isHealthy: env["STUB_UNHEALTHY"] !== "1" && tag !== "stub-unhealthy",
    isTalkative: tag.startsWith("stub-talkative-"),
    exitCode: exitCode === undefined ? undefined : Number(exitCode),
  };
}

type Guest = {
  launch: Launch;
  files: GuestFiles;
  state: RuntimeState;
  end: (exit: Exit) => void;
  log: (line: string) => void;
};

/**
 * The commands a stub machine knows: `cat PATH`, `write PATH TEXT`, `printenv NAME`, `echo …`, `log …` (into
 * its own log), `true`, `false`, and to make it misbehave `healthy`, `unhealthy`, `exit CODE`, `oom`.
 */
async function runBuiltin([name = "", ...args]: readonly string[], guest: Guest): Promise<ExecResult> {
  const [first = "", second = ""] = args;
  switch (name) {
    case "true":
      return done("");
    case "false":
      return failed(1, "");
    case "echo":
      return done(`${args.join(" ")}\n`);
    case "log":
      for (const line of args.join(" ").split("\n")) guest.log(line);
      return done("");
    case "printenv": {
      const value = guest.launch.env[first];
      return value === undefined ? failed(1, "") : done(`${value}\n`);
    }
    case "cat":
      try {
        return done(await guest.files.read(first));
      } catch {
        return failed(1, `cat: ${first}: No such file or directory\n`);
      }
    case "write":
      await guest.files.write(first, second);
      return done("");
    case "healthy":
    case "unhealthy":
      guest.state.isHealthy = name === "healthy";
      return done("");
    case "exit":
      guest.end({ code: Number(first), signal: null, oomKilled: false });
      return done("");
    case "oom":
      guest.end(OUT_OF_MEMORY);
      return done("");
    default:
      return failed(127, `${name}: command not found\n`);
  }
}

function done(stdout: string): ExecResult {
  return { exitCode: 0, exitSignal: 0, stdout, stderr: "" };
}

function failed(exitCode: number, stderr: string): ExecResult {
  return { exitCode, exitSignal: 0, stdout: "", stderr };
}

function trackSockets(server: Server): Set<Socket> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  return sockets;
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
