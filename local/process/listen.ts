import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";

export type Listener = { url: string; port: number; close(): Promise<void> };

/** Serves a fetch handler on 127.0.0.1; port 0 picks a free one. Rejects with one clear sentence when it can't. */
export async function listen(
  handler: Parameters<typeof getRequestListener>[0],
  port: number,
): Promise<Listener> {
  const listener = getRequestListener(handler, { overrideGlobalObjects: false });
  const server = createServer((incoming, answer) => void listener(incoming, answer));
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(error.code === "EADDRINUSE" ? new Error(`Port ${port} is in use.`) : error),
    );
    server.listen(port, "127.0.0.1", resolve);
  });
  const bound = (server.address() as AddressInfo).port; // Listening on TCP, so it is one.
  return {
    url: `http://127.0.0.1:${bound}`,
    port: bound,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
