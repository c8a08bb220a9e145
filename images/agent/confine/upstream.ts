import { randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import { connect, isIPv6, type Socket } from "node:net";
import { decode, type DecodedPacket, encode, RECURSION_DESIRED, type Packet } from "dns-packet";

/** Asks the machine's own resolvers. What comes back is for the caller to judge. */
export type Upstream = { ask(name: string, type: "A" | "AAAA"): Promise<Packet> };

export type UpstreamServer = { address: string; port?: number };

/** Opens a connection; something else than `net.connect` where the machine has no way out of its own. */
export type Dial = (address: string, port: number) => Socket;

export const dialDirectly: Dial = (host, port) => connect({ host, port, noDelay: true });

const TIMEOUT_MS = 2_000;
const ROUNDS = 2;
const DNS_PORT = 53;
/** A resolver that says more about one name is not answering a gateway's question. */
const ANSWER_MAX_BYTES = 16 * 1024;

export function createUpstream(
  servers: readonly UpstreamServer[],
  options: { dial: Dial; transport: "udp" | "tcp" },
): Upstream {
  async function askOne(server: UpstreamServer, query: Packet): Promise<Packet> {
    const bytes = encode(query);
    const viaTcp = () => overTcp(server, bytes, options.dial);
    const first = options.transport === "udp" ? await overUdp(server, bytes) : await viaTcp();
    const answer = check(query, first);
    return answer.flag_tc ? check(query, await viaTcp()) : answer;
  }

  return {
    async ask(name, type) {
      let lastError: unknown = new Error("The machine has no resolver.");
      for (let round = 0; round < ROUNDS; round += 1) {
        for (const server of servers) {
          const query: Packet = {
            type: "query",
            id: randomInt(65_536),
            flags: RECURSION_DESIRED,
            questions: [{ name, type }],
          };
          try {
            return await askOne(server, query);
          } catch (error) {
            lastError = error;
          }
        }
      }
      throw lastError;
    },
  };
}

const NOERROR = 0;
const NXDOMAIN = 3;

/** Only an answer to this question counts. */
function check(query: Packet, bytes: Buffer): DecodedPacket {
  const answer = decode(bytes);
  const [asked] = query.questions ?? [];
  const [echoed] = answer.questions ?? [];
  const isOurs =
    answer.type === "response" &&
    answer.id === query.id &&
    echoed?.type === asked?.type &&
    echoed?.name.toLowerCase() === asked?.name.toLowerCase();
  if (!isOurs) throw new Error("The resolver answered another question.");
  const rcode = (answer.flags ?? 0) & 15;
  if (rcode !== NOERROR && rcode !== NXDOMAIN) throw new Error(`The resolver answered with ${rcode}.`);
  return answer;
}

/**
 * Below what kernels give out by themselves (32768 and up): connection tracking remembers whose way a port's packets
 * went, so a program that got the same port a moment later would go the agent's way, and the agent that of the program.
 */
const PORTS = { from: 16_384, below: 32_768 };

/** From a port of its own each time, and only from whom was asked: the kernel drops what others send. */
function overUdp({ address, port = DNS_PORT }: UpstreamServer, bytes: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(isIPv6(address) ? "udp6" : "udp4");
    const settle = (act: () => void) => {
      clearTimeout(timer);
      socket.close();
      act();
    };
    const timer = setTimeout(
      () => settle(() => reject(new Error(`The resolver ${address} doesn't answer.`))),
      TIMEOUT_MS,
    );
    socket.once("error", (error) => settle(() => reject(error)));
    socket.once("message", (message) => settle(() => resolve(message)));
    socket.bind(randomInt(PORTS.from, PORTS.below), () =>
      socket.connect(port, address, () => socket.send(bytes)),
    );
  });
}

function overTcp({ address, port = DNS_PORT }: UpstreamServer, bytes: Buffer, dial: Dial): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = dial(address, port);
    const chunks: Buffer[] = [];
    let size = 0;
    const fail = (error: Error) => {
      socket.destroy();
      reject(error);
    };
    socket.setTimeout(TIMEOUT_MS, () => fail(new Error(`The resolver ${address} doesn't answer.`)));
    socket.once("error", fail);
    socket.once("close", () => fail(new Error(`The resolver ${address} hung up.`)));
    socket.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      const all = Buffer.concat(chunks);
      const wanted = all.length < 2 ? Number.POSITIVE_INFINITY : 2 + all.readUInt16BE(0);
      if (size > ANSWER_MAX_BYTES) fail(new Error("The resolver's answer is too long."));
      if (size < wanted) return;
      resolve(all.subarray(2, wanted));
      socket.destroy();
    });
    const length = Buffer.alloc(2);
    length.writeUInt16BE(bytes.length);
    socket.write(Buffer.concat([length, bytes]));
  });
}
