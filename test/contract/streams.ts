import { once } from "node:events";
import { WebSocket } from "ws";
import { apiClient } from "../../worker/contract/client.ts";
import { deploymentSchema, logLineSchema, logs } from "../../worker/contract/deployments.ts";
import type { World } from "./world.ts";

/**
 * What Prism can't judge when it goes well, asked of the API itself: a WebSocket is no HTTP exchange, and of a stream of
 * lines Prism would hold the whole against the schema of one line. What they refuse goes through Prism like the rest.
 */
export const STREAMS: Readonly<Record<string, string>> = {
  readLogs: "NDJSON: the schema is that of a line",
  watchDeployment: "a WebSocket",
};

/** Reads both; throws where what comes isn't what the contract says. */
export async function readStreams({ direct }: World, token: string, deployment: string): Promise<void> {
  const params = { id: deployment };
  const response = await apiClient({ baseUrl: direct, token }).request(logs, {
    params,
    query: { lines: 20 },
  });
  const type = response.headers.get("content-type");
  const lines = (await response.text()).split("\n").filter((line) => line !== "");
  if (type !== "application/x-ndjson" || lines.length === 0)
    throw new Error(`No lines in ${type ?? "nothing"}.`);
  for (const line of lines) logLineSchema.strict().parse(JSON.parse(line));

  const socket = new WebSocket(`${direct.replace(/^http/, "ws")}/deployments/${deployment}/live`, {
    headers: { authorization: `Bearer ${token}` },
  });
  try {
    const [message] = (await once(socket, "message")) as [Buffer];
    deploymentSchema.strict().parse(JSON.parse(message.toString()));
  } finally {
    socket.terminate();
  }
}
