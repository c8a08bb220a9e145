import type { Exit } from "./backends/backend.ts";
import type { MachineConfig } from "./machine-config.ts";

/** Retries are counted within this window (superfly/docs machines/guides-examples/machine-restart-policy). */
const WINDOW_MS = 5 * 60_000;
const DEFAULT_MAX_RETRIES = 10;

/** Fly doesn't document its pause between restarts. The first is at once; a crash loop slows down to one in 5 s. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

export type RestartDecision =
  | { restart: false }
  | { restart: true; pauseMs: number; restarts: readonly number[] };

/** What Fly does after a main process ended that nobody asked to end. The policy's default is `on-failure`. */
export function decideRestart(
  policy: MachineConfig["restart"],
  exit: Exit,
  earlier: readonly number[],
  now: number,
): RestartDecision {
  const restarts = earlier.filter((at) => at > now - WINDOW_MS);
  const again: RestartDecision = {
    restart: true,
    pauseMs: pauseAfter(restarts.length),
    restarts: [...restarts, now],
  };
  switch (policy?.policy) {
    case "no":
      return { restart: false };
    case "always":
      return again;
    case "":
    case "on-failure":
    case undefined: {
      const isFailure = exit.code !== 0 || exit.oomKilled;
      const isSpent = restarts.length >= (policy?.max_retries ?? DEFAULT_MAX_RETRIES);
      return isFailure && !isSpent ? again : { restart: false };
    }
  }
}

function pauseAfter(restarts: number): number {
  return restarts === 0 ? 0 : Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (restarts - 1));
}
