import type { Exit } from "./exit.ts";
import { exitCodeOf } from "./exit.ts";

/**
 * What follows when a gateway ended by itself. Only one that had served is started again here, in seconds and a few
 * times: whatever else, the agent ends with the same code, so that Fly's restart policy and the control plane see it
 * as they would without us. A crash loop must never hide in here.
 */
export type Verdict = { do: "restart"; afterMs: number } | { do: "exit"; code: number };

/** As the control plane counts: more than this many in the window are a crash loop. */
const RESTARTS_MAX = 3;
export const WINDOW_MS = 5 * 60_000;
const FIRST_PAUSE_MS = 1_000;
const PAUSE_MS_MAX = 30_000;

export function afterExit(input: {
  exit: Exit;
  configExitCode: number;
  /** Its own start-up probe had passed. */
  hasServed: boolean;
  /** When it was started again here before. */
  restartedAt: readonly number[];
  now: number;
}): Verdict {
  const { exit, configExitCode, hasServed, restartedAt, now } = input;
  const code = exitCodeOf(exit);
  const recent = restartedAt.filter((at) => now - at < WINDOW_MS).length;
  if (code === 0 || code === configExitCode || !hasServed || recent >= RESTARTS_MAX)
    return { do: "exit", code };
  return { do: "restart", afterMs: Math.min(FIRST_PAUSE_MS * 2 ** recent, PAUSE_MS_MAX) };
}
