import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { type Answer, decode, encode, type Packet, RECURSION_AVAILABLE, RECURSION_DESIRED } from "dns-packet";
import type { Names } from "./names.ts";
import { createTally, type Tally } from "./tally.ts";

/**
 * The only resolver a gateway has: on loopback, over UDP and TCP. It answers addresses of allowed names; of what else
 * is asked of an allowed name it says that there is none, and every other name doesn't exist. Nothing of what isn't
 * allowed leaves the machine, so a name can't carry anything out.
 */
export type Resolver = {
  read(): { refused: ReturnType<Tally["read"]>; failed: ReturnType<Tally["read"]> };
  close(): Promise<void>;
};

const ADDRESSES = ["127.0.0.1", "::1"];
const TCP_CLIENTS_MAX = 64;
const TCP_IDLE_MS = 10_000;
/** Queries of one moment; a client repeats what gets no answer. */
const QUERIES_MAX = 256;
const UDP_MAX_BYTES = 512;

type Query = Packet & { flag_rd?: boolean };

export async function startResolver(names: Names, port: number): Promise<Resolver> {
  const refused = createTally();
  const failed = createTally();
  const clients = new Set<Socket>();
  let running = 0;

  async function answerTo(query: Query): Promise<Packet | null> {
    const [question, ...others] = query.questions ?? [];
    if (query.type !== "query" || question === undefined || others.length > 0) return null;
    const { name, type } = question;
    const answer = (rcode: number, answers: Answer[] = []): Packet => ({
      type: "response",
      id: query.id ?? 0,
      flags: RECURSION_AVAILABLE | (query.flag_rd === false ? 0 : RECURSION_DESIRED) | rcode,
      questions: [question],
      answers,
    });
    if (!names.isAllowed(name)) {
      refused.add(name.toLowerCase());
      return answer(RCODE.NXDOMAIN);
    }
    // HTTPS and SVCB records would hand out keys that hide the server's name, TXT records are for carrying data.
    if (type !== "A" && type !== "AAAA") return answer(RCODE.NOERROR);
    try {
      const { addresses, ttlSeconds: ttl } = await names.resolve(name, type);
      return answer(
        RCODE.NOERROR,
        addresses.map((data) => ({ name, type, class: "IN", ttl, data })),
      );
    } catch (error) {
      failed.add(`${name.toLowerCase()}: ${error instanceof Error ? error.message : String(error)}`);
      return answer(RCODE.SERVFAIL);
    }
  }

  async function handle(bytes: Buffer): Promise<Buffer | null> {
    if (running >= QUERIES_MAX) return null;
    running += 1;
    try {
      const answer = await answerTo(decode(bytes));
      return answer === null ? null : encode(answer);
    } catch {
      // What can't be read isn't answered: it wasn't a resolver's client.
      return null;
    } finally {
      running -= 1;
    }
  }

  function serveUdp(socket: UdpSocket): void {
    socket.on("message", (bytes, { address, port: from }) => {
      void handle(bytes).then((answer) => {
        if (answer === null) return;
        // Longer than a datagram may be: the client comes back by TCP.
        socket.send(answer.length > UDP_MAX_BYTES ? truncated(answer) : answer, from, address, () => {});
      });
    });
    // An answer to a client that has gone.
    socket.on("error", () => undefined);
  }

  function serveTcp(client: Socket): void {
    clients.add(client);
    client.once("close", () => clients.delete(client));
    client.on("error", () => client.destroy());
    client.setTimeout(TCP_IDLE_MS, () => client.destroy());
    let pending = Buffer.alloc(0);
    client.on("data", (chunk: Buffer) => {
      pending = Buffer.concat([pending, chunk]);
      while (pending.length >= 2) {
        const end = 2 + pending.readUInt16BE(0);
        if (pending.length < end) break;
        const message = pending.subarray(2, end);
        pending = pending.subarray(end);
        void handle(message).then((answer) => {
          if (answer === null) {
            client.destroy();
            return;
          }
          const length = Buffer.alloc(2);
          length.writeUInt16BE(answer.length);
          client.write(Buffer.concat([length, answer]));
        });
      }
    });
  }

  const servers: { close(): unknown }[] = [];
  async function close(): Promise<void> {
    for (const client of clients) client.destroy();
    for (const server of servers) server.close();
  }

  try {
    for (const address of ADDRESSES) {
      const udp = createSocket({ type: address.includes(":") ? "udp6" : "udp4" });
      servers.push(udp);
      udp.bind(port, address);
      await once(udp, "listening");
      serveUdp(udp);
      const tcp: Server = createServer(serveTcp);
      servers.push(tcp);
      tcp.maxConnections = TCP_CLIENTS_MAX;
      tcp.listen(port, address);
      await once(tcp, "listening");
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { read: () => ({ refused: refused.read(), failed: failed.read() }), close };
}

const RCODE = { NOERROR: 0, SERVFAIL: 2, NXDOMAIN: 3 } as const;
const TRUNCATED = 1 << 9;

/** The head and the question alone, with the mark that there is more. */
function truncated(answer: Buffer): Buffer {
  const { id, flags, questions } = decode(answer) as Packet;
  return encode({
    type: "response",
    id: id ?? 0,
    flags: (flags ?? 0) | TRUNCATED,
    questions: questions ?? [],
  });
}
