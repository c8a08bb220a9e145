import { constants } from "node:os";

/** How a gateway's main process ended. */
export type Exit = { code: number | null; signal: NodeJS.Signals | null };

/** As a shell reports it: a death by signal is 128 and the signal's number. */
export const exitCodeOf = ({ code, signal }: Exit): number =>
  code ?? 128 + (signal === null ? 0 : constants.signals[signal]);

/** An exit in words, for the machine's log. */
export function explain(exit: Exit, configExitCode: number): string {
  const { code, signal } = exit;
  if (code === configExitCode)
    return `refused its configuration or state (exit code ${code}); not tried again`;
  if (signal === "SIGKILL") return "was killed, most likely because it ran out of memory (SIGKILL)";
  if (signal !== null) return `was ended by ${signal}`;
  switch (code) {
    case 0:
      return "ended by itself (exit code 0)";
    case 126:
    case 127:
      return `could not be run (exit code ${code}): its program is missing or may not be executed`;
    case 134:
      return "aborted, as Node does when its heap is full (exit code 134)";
    case 137:
      return "was killed, most likely because it ran out of memory (exit code 137)";
    default:
      return `exited with code ${code}`;
  }
}
