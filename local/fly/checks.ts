import { request } from "node:http";
import { connect } from "node:net";
import type { Running } from "./backends/backend.ts";
import type { Clock } from "./clock.ts";
import { parseDuration } from "./durations.ts";
import { type CheckConfig, type MachineConfig, namedChecks } from "./machine-config.ts";

/** Fly's defaults (superfly/docs reference/configuration: interval 15s, timeout 10s; grace_period is a few seconds). */
const INTERVAL_MS = 15_000;
const TIMEOUT_MS = 10_000;
const GRACE_MS = 5_000;
/** No answer of a health check needs to be longer; Fly cuts its `output` too. */
const OUTPUT_CHARS = 500;

export type CheckResult = {
  name: string;
  status: "passing" | "critical";
  output: string;
  /** When the status last changed. */
  updatedAt: number;
};

export type RunningChecks = { results(): CheckResult[]; stop(): void };

/**
 * Runs a machine's checks for as long as one process of it lives. The list is empty until a check has something to
 * say, as right after a launch on Fly. During the grace period a check is tried every `pollMs` and failures don't
 * count, so that it passes as soon as the port answers; afterwards it is tried at its interval.
 *
 * A failing check only shows: Fly never restarts a machine over one (facts/fly.md section 3).
 */
export function startChecks(options: {
  config: MachineConfig;
  running: Running;
  clock: Clock;
  pollMs: number;
  onChange: (result: CheckResult) => void;
}): RunningChecks {
  const results = new Map<string, CheckResult>();
  const timers = new Map<string, NodeJS.Timeout>();
  const startedAt = performance.now();
  let stopped = false;

  async function probe(name: string, check: CheckConfig, port: number): Promise<void> {
    const outcome = await runCheck(check, options.running.endpoint(port), msOf(check.timeout, TIMEOUT_MS));
    if (stopped) return;
    const known = results.get(name);
    const inGrace = performance.now() - startedAt < msOf(check.grace_period, GRACE_MS);
    const isAwaited = known === undefined && !outcome.ok && inGrace;
    if (!isAwaited) {
      const status = outcome.ok ? "passing" : "critical";
      const isChange = known?.status !== status;
      const result: CheckResult = {
        name,
        status,
        output: outcome.output.slice(0, OUTPUT_CHARS),
        updatedAt: isChange ? options.clock.now() : known.updatedAt,
      };
      results.set(name, result);
      if (isChange) options.onChange(result);
    }
    schedule(name, check, port, isAwaited ? options.pollMs : msOf(check.interval, INTERVAL_MS));
  }

  function schedule(name: string, check: CheckConfig, port: number, delayMs: number): void {
    const timer = setTimeout(() => void probe(name, check, port), delayMs);
    timers.set(name, timer.unref());
  }

  for (const { name, check, port } of namedChecks(options.config)) void probe(name, check, port);
  return {
    results: () => [...results.values()],
    stop() {
      stopped = true;
      for (const timer of timers.values()) clearTimeout(timer);
    },
  };
}

function msOf(value: string | undefined, fallback: number): number {
  return value === undefined ? fallback : (parseDuration(value) ?? fallback);
}

type Outcome = { ok: boolean; output: string };
type Endpoint = ReturnType<Running["endpoint"]>;

async function runCheck(check: CheckConfig, endpoint: Endpoint, timeoutMs: number): Promise<Outcome> {
  if (endpoint === null) return { ok: false, output: "connect: connection refused" };
  if (check.protocol === "https")
    return { ok: false, output: "https checks are not built into the local Fly" };
  return check.type === "tcp" ? tryTcp(endpoint, timeoutMs) : tryHttp(check, endpoint, timeoutMs);
}

function tryTcp({ host, port }: NonNullable<Endpoint>, timeoutMs: number): Promise<Outcome> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const finish = (outcome: Outcome) => {
      socket.destroy();
      resolve(outcome);
    };
    socket.setTimeout(timeoutMs, () => finish({ ok: false, output: "connect: timed out" }));
    socket.once("connect", () => finish({ ok: true, output: "Success" }));
    socket.once("error", (error) => finish({ ok: false, output: `connect: ${error.message}` }));
  });
}

function tryHttp(
  check: CheckConfig,
  { host, port }: NonNullable<Endpoint>,
  timeoutMs: number,
): Promise<Outcome> {
  return new Promise((resolve) => {
    const headers = Object.fromEntries((check.headers ?? []).map(({ name, values }) => [name, values]));
    const call = request({
      host,
      port,
      method: (check.method ?? "GET").toUpperCase(),
      path: check.path ?? "/",
      headers,
      agent: false,
      signal: AbortSignal.timeout(timeoutMs),
    });
    call.once("error", (error) => resolve({ ok: false, output: error.message }));
    call.once("response", (response) => {
      let output = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => (output += output.length < OUTPUT_CHARS ? chunk : ""));
      response.once("error", (error) => resolve({ ok: false, output: error.message }));
      response.once("end", () => {
        const status = response.statusCode ?? 0;
        resolve({ ok: status >= 200 && status < 300, output });
      });
    });
    call.end();
  });
}
