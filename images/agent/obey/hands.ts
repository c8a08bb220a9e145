import type { Program } from "./cli.ts";
import { runCli } from "./cli.ts";
import type { Hands } from "./obey.ts";
import { wayFor } from "./table.ts";

/** Carries out what was asked, by the way the table names. */
export function createHands(options: {
  runtime: string;
  /** How the runtime's own program is started: as its gateway is. */
  program: Program;
  /** Ends the gateway and starts it again; false while there is none. */
  restart(): boolean;
}): Hands {
  return async (operation) => {
    const way = wayFor(options.runtime, operation);
    switch (way.by) {
      case "nothing":
        return { ok: false, code: "not_offered", reason: way.reason };
      case "cli":
        return runCli(options.program, way);
      case "agent":
        return options.restart()
          ? { ok: true, value: { restarting: true } }
          : { ok: false, code: "busy", reason: "The gateway isn't running right now." };
    }
  };
}
