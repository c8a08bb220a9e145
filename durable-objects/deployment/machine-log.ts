import type { LogPage } from "../../worker/clients/fly/logs.ts";
import { readLogs } from "../../worker/clients/fly/logs.ts";
import type { FlyTransport } from "../../worker/clients/fly/transport.ts";
import type { Outcome } from "../../worker/domain/outcome.ts";
import { consoleLogger, describeError } from "../../worker/platform/logger.ts";
import type { MachineSecrets } from "./hands.ts";

/** A page of the machine's own lines, with every secret taken out. What can't be cleaned isn't shown. */
export async function readCleanLog(
  transport: FlyTransport,
  secrets: MachineSecrets,
  app: string,
  nextToken: string | null,
): Promise<Outcome<LogPage>> {
  const outcome = await readLogs(transport, app, nextToken);
  if (outcome.kind !== "ok") return outcome;
  try {
    const lines = await Promise.all(
      outcome.value.lines.map(async (line) => ({ ...line, message: await secrets.redact(line.message) })),
    );
    return { kind: "ok", value: { ...outcome.value, lines } };
  } catch (error) {
    consoleLogger.error("logs.not_redacted", { error: describeError(error) });
    return { kind: "unavailable", detail: "The log can't be shown." };
  }
}
