import { chmod, rm } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { splice } from "../../../../images/agent/confine/splice.ts";

/**
 * The only way from machines to the world: a socket file that no machine has. Who connects says where to in a line, and
 * is connected from this computer's own network. So machines need no route, no address translation and no forwarding,
 * and this computer's settings stay as they are.
 */
export type WayOut = { readonly path: string; close(): Promise<void> };

const LINE_MAX_BYTES = 200;

export async function openWayOut(path: string): Promise<WayOut> {
  await rm(path, { force: true });
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (client) => {
    sockets.add(client);
    client.once("close", () => sockets.delete(client));
    client.on("error", () => client.destroy());
    let head = Buffer.alloc(0);
    const listen = (chunk: Buffer): void => {
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf(10);
      if (end === -1) {
        if (head.length > LINE_MAX_BYTES) client.destroy();
        return;
      }
      client.off("data", listen);
      const { address, port } = JSON.parse(head.subarray(0, end).toString("utf8")) as {
        address: string;
        port: number;
      }; // Our own sidecar's: nobody else can open the file.
      const out = connect({ host: address, port, noDelay: true, allowHalfOpen: true });
      out.write(head.subarray(end + 1));
      void splice(client, out);
    };
    client.on("data", listen);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(path, resolve);
  });
  await chmod(path, 0o600);
  // Machines outlive it, and it may not keep this process alive.
  server.unref();
  return {
    path,
    close: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Opens connections through it. */
export function dialThrough(path: string): (address: string, port: number) => Socket {
  return (address, port) => {
    const socket = connect({ path, allowHalfOpen: true });
    socket.write(`${JSON.stringify({ address, port })}\n`);
    return socket;
  };
}
