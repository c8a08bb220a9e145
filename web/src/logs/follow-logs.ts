import type { LogLine } from "../../../worker/contract/deployments.ts";
import { logLineSchema, logs } from "../../../worker/contract/deployments.ts";
import { api } from "../api/client.ts";
import { reconnectDelayMs } from "../api/reconnect.ts";
import { linesOf } from "./ndjson.ts";

export type LogState =
  | { is: "connecting" }
  | { is: "following" }
  /** The tail was read and nothing more is to come. */
  | { is: "ended" }
  | { is: "reconnecting"; error: unknown };

export const TAIL_LINES = 100;

type Follow = {
  id: string;
  /** Whether there is anything to wait for; otherwise the tail is read once. */
  isFollowing: boolean;
  signal: AbortSignal;
  /** Called when a connection stands; answers which of its lines the page has not got yet. */
  onConnected: () => (line: LogLine) => boolean;
  onLine: (line: LogLine) => void;
  onState: (state: LogState) => void;
};

/**
 * Reads a deployment's lines until `signal` aborts. The server ends a follow after some minutes and networks end it
 * whenever they like: the reader asks again, after a growing pause while that fails.
 */
export async function followLogs(follow: Follow): Promise<void> {
  const { isFollowing, signal, onState } = follow;
  let failures = 0;
  onState({ is: "connecting" });
  while (!signal.aborted) {
    try {
      await readOnce(follow);
      failures = 0;
      if (!isFollowing) return onState({ is: "ended" });
    } catch (error) {
      if (signal.aborted) return;
      failures += 1;
      onState({ is: "reconnecting", error });
    }
    await pause(reconnectDelayMs(failures, Math.random()), signal);
  }
}

async function readOnce({ id, isFollowing, signal, onConnected, onLine, onState }: Follow): Promise<void> {
  const response = await api.request(logs, {
    params: { id },
    query: { lines: TAIL_LINES, follow: isFollowing ? 1 : 0 },
    signal,
  });
  const isNew = onConnected();
  if (isFollowing) onState({ is: "following" });
  if (response.body === null) return;
  for await (const text of linesOf(response.body)) {
    const line = parseLine(text);
    if (line !== null && isNew(line)) onLine(line);
  }
}

/** A line that isn't one is left out: the ones around it still help. */
function parseLine(text: string): LogLine | null {
  try {
    const parsed = logLineSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null; // Not JSON.
  }
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
