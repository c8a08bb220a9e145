import { constants } from "node:os";
import type { Exit } from "./backends/backend.ts";
import type { NewEvent } from "./machine-records.ts";

/**
 * Fly's exit event: codes of a signal's death as a shell gives them, `exited_at` as fly-go reads it. An exit nobody saw
 * (the host went away) has the code -1.
 */
export function exitEvent(
  exit: Exit,
  how: { requestedStop: boolean; restarting: boolean; restartCount: number },
  now: number,
): NewEvent {
  const signal = exit.signal === null ? -1 : (constants.signals[exit.signal as NodeJS.Signals] ?? -1);
  const code = exit.code ?? (signal === -1 ? -1 : 128 + signal);
  return {
    type: "exit",
    status: "stopped",
    source: "flyd",
    request: {
      exit_event: {
        exit_code: code,
        guest_exit_code: code,
        guest_signal: signal,
        signal: -1,
        oom_killed: exit.oomKilled,
        requested_stop: how.requestedStop,
        restarting: how.restarting,
        exited_at: new Date(now).toISOString(),
      },
      restart_count: how.restartCount,
    },
  };
}
