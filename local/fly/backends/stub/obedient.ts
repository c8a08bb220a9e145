import type { ControlAnswer } from "../../../../images/agent/contract/control.ts";
import type { Hands } from "../../../../images/agent/obey/obey.ts";
import { wayFor } from "../../../../images/agent/obey/table.ts";

/**
 * What a stub does when it is told to: by the agent's own table, with a line of its log for a restart and, for
 * `STUB_CONFIG_ISSUE`, a configuration that has that flaw.
 */
export const stubHands =
  (machine: { runtime: string; env: Readonly<Record<string, string>>; log: (line: string) => void }): Hands =>
  async (operation): Promise<ControlAnswer> => {
    const way = wayFor(machine.runtime, operation);
    switch (way.by) {
      case "nothing":
        return { ok: false, code: "not_offered", reason: way.reason };
      case "agent":
        machine.log("stub runtime: gateway restarted");
        return { ok: true, value: { restarting: true } };
      case "cli": {
        const issue = machine.env["STUB_CONFIG_ISSUE"];
        const issues = issue === undefined ? [] : [{ path: "agents", message: issue }];
        return {
          ok: true,
          value: { exitCode: issues.length, output: { valid: issues.length === 0, path: "x", issues } },
        };
      }
    }
  };
