import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import type { Names } from "./names.ts";
import { HELLO_MAX_BYTES, readServerName } from "./server-name.ts";
import { splice } from "./splice.ts";
import { createTally, type Tally } from "./tally.ts";
import type { Dial } from "./upstream.ts";

/**
 * Stands in the way of every connection to port 443 that the packet filter lets through: many names share an address,
 * and a filter sees addresses only. The connection goes on to an address of the name its first message asks for, if
 * that name is allowed, and never to the one the client had chosen; otherwise it is cut. What follows is passed on as
 * it comes: nothing is decrypted.
 */
export type TlsGate = {
  /** Cuts what runs to names that are no longer allowed; answers how many. */
  cutDisallowed(): number;
  read(): { refused: ReturnType<Tally["read"]>; open: number };
  close(): Promise<void>;
};

const ADDRESSES = ["127.0.0.1", "::1"];
const TLS_PORT = 443;
const HELLO_TIMEOUT_MS = 10_000;
const CONNECT_TIMEOUT_MS = 10_000;
const CONNECTIONS_MAX = 1_024;

type Passage = { name: string; client: Socket; server: Socket };

export async function startTlsGate(names: Names, port: number, dial: Dial): Promise<TlsGate> {
  const refused = createTally();
  const clients = new Set<Socket>();
  const passages = new Set<Passage>();

  const mayPass = (name: string): boolean => names.portsOf(name).has(TLS_PORT);

  function refuse(client: Socket, why: string): void {
    refused.add(why);
    client.resetAndDestroy();
  }

  function admit(client: Socket): void {
    clients.add(client);
    client.once("close", () => clients.delete(client));
    client.on("error", () => client.destroy());
    client.setNoDelay(true);
    const timer = setTimeout(() => refuse(client, "no hello"), HELLO_TIMEOUT_MS);
    client.once("close", () => clearTimeout(timer));
    let hello = Buffer.alloc(0);
    const listen = (chunk: Buffer): void => {
      hello = Buffer.concat([hello, chunk]).subarray(0, HELLO_MAX_BYTES + chunk.length);
      const read = readServerName(hello);
      if (read.kind === "incomplete") return;
      client.off("data", listen);
      client.pause();
      clearTimeout(timer);
      if (read.kind === "none") return refuse(client, read.why);
      if (!mayPass(read.name)) return refuse(client, read.name.toLowerCase());
      void pass(client, read.name, hello);
    };
    client.on("data", listen);
  }

  async function pass(client: Socket, name: string, hello: Buffer): Promise<void> {
    const server = await connectTo(name, client.remoteFamily === "IPv6").catch(() => null);
    if (server === null || client.destroyed || !mayPass(name)) {
      server?.destroy();
      return refuse(client, mayPass(name) ? `${name.toLowerCase()} can't be reached` : name.toLowerCase());
    }
    const passage: Passage = { name, client, server };
    passages.add(passage);
    server.write(hello);
    await splice(client, server);
    passages.delete(passage);
  }

  /** The first address of the name that answers, those of the client's own family before the others. */
  async function connectTo(name: string, prefersV6: boolean): Promise<Socket | null> {
    for (const type of prefersV6 ? (["AAAA", "A"] as const) : (["A", "AAAA"] as const)) {
      const { addresses } = await names.resolve(name, type);
      for (const address of addresses) {
        const socket = await reach(dial(address, TLS_PORT));
        if (socket !== null) return socket;
      }
    }
    return null;
  }

  const servers: Server[] = [];
  async function close(): Promise<void> {
    for (const server of servers) server.close();
    for (const client of clients) client.destroy();
    for (const { server } of passages) server.destroy();
  }

  try {
    for (const address of ADDRESSES) {
      const server = createServer({ pauseOnConnect: false, allowHalfOpen: true }, admit);
      servers.push(server);
      server.maxConnections = CONNECTIONS_MAX;
      server.listen(port, address);
      await once(server, "listening");
    }
  } catch (error) {
    await close();
    throw error;
  }

  return {
    cutDisallowed() {
      const lost = [...passages].filter(({ name }) => !mayPass(name));
      for (const { client, server } of lost) {
        client.resetAndDestroy();
        server.destroy();
      }
      return lost.length;
    },
    read: () => ({ refused: refused.read(), open: passages.size }),
    close,
  };
}

function reach(socket: Socket): Promise<Socket | null> {
  return new Promise((resolve) => {
    socket.setNoDelay(true);
    const give = (): void => {
      socket.destroy();
      resolve(null);
    };
    socket.setTimeout(CONNECT_TIMEOUT_MS, give);
    socket.once("error", give);
    socket.once("connect", () => {
      socket.setTimeout(0);
      socket.off("error", give);
      resolve(socket);
    });
  });
}
