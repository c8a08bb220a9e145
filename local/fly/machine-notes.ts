import type { Exit, LaunchHooks } from "./backends/backend.ts";
import type { LogEntry, Machine } from "./entities.ts";
import type { Logs } from "./logs.ts";

/** What a machine and its host write into the app's log. */
export type MachineNotes = {
  /** A line of the platform about the machine. */
  say(machine: Machine, message: string, level?: LogEntry["level"]): void;
  exit(machine: Machine, exit: Exit): void;
  /** Takes the lines of the machine's main process. */
  hooks(machine: Machine): LaunchHooks;
};

export function createMachineNotes(logs: Logs): MachineNotes {
  function say(machine: Machine, message: string, level: LogEntry["level"] = "info"): void {
    logs.append(machine.app, { level, message, ...placeOf(machine), provider: "runner" });
  }

  return {
    say,
    exit(machine, exit) {
      const code = exit.code ?? "unknown";
      const how = exit.signal === null ? `normally with code: ${code}` : `with signal ${exit.signal}`;
      say(machine, `Main child exited ${how}${exit.oomKilled ? " (out of memory)" : ""}`);
    },
    hooks: (machine) => ({
      onLog: (line) => logs.append(machine.app, { ...line, ...placeOf(machine), provider: "app" }),
    }),
  };
}

function placeOf(machine: Machine): { instance: string; region: string } {
  return { instance: machine.id, region: machine.region };
}
