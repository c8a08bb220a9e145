// What a gateway gone bad, or a stranger, tries. Answers say what happened.
import { execFile } from "node:child_process";
import { createSocket } from "node:dgram";
import { get } from "node:http";
import dns from "node:dns/promises";
import { connect } from "node:net";
import tls from "node:tls";

const PATIENCE_MS = 4_000;
const kept = new Map();

/** Identity without certificates: both sides have the same key. */
const PSK = {
  pskCallback: () => ({ psk: Buffer.from("confine"), identity: "gateway" }),
  ciphers: "PSK",
  maxVersion: "TLSv1.2",
  checkServerIdentity: () => undefined,
};

function outcomeOf(socket, { send, keep, connectEvent }) {
  const begunAt = Date.now();
  return new Promise((resolve) => {
    const done = (outcome) => resolve({ outcome, ms: Date.now() - begunAt });
    socket.setTimeout(PATIENCE_MS, () => (done("silence"), socket.destroy()));
    socket.once("error", (error) => done(error.code ?? error.message));
    socket.once("close", () => done("closed"));
    socket.once(connectEvent, () => send !== undefined && socket.write(send));
    socket.once("data", (data) => {
      done(String(data));
      if (keep === undefined) return socket.destroy();
      socket.setTimeout(0);
      kept.set(keep, socket);
      socket.once("close", () => kept.set(keep, "closed"));
    });
  });
}

export const attempts = {
  /** Waits for what the other side says first. */
  tcp: ({ host, port, send, keep }) =>
    outcomeOf(connect({ host, port }), { send, keep, connectEvent: "connect" }),
  tls: ({ host, port = 443, servername, send = "hi", keep }) =>
    outcomeOf(tls.connect({ host, port, servername, ...PSK }), { send, keep, connectEvent: "secureConnect" }),
  /** Reads slowly, to the end, and counts. */
  download: ({ host, servername }) =>
    new Promise((resolve) => {
      let bytes = 0;
      const socket = tls.connect({ host, port: 443, servername, ...PSK }, () => socket.write("bulk"));
      socket.on("data", (data) => {
        bytes += data.length;
        socket.pause();
        setTimeout(() => socket.resume(), 1);
      });
      socket.once("error", (error) => resolve({ bytes, error: error.code }));
      socket.once("end", () => resolve({ bytes }));
    }),
  udp: ({ host, port, send, from }) =>
    new Promise((resolve) => {
      const socket = createSocket(host.includes(":") ? "udp6" : "udp4");
      const done = (outcome) => (resolve({ outcome }), socket.close());
      const timer = setTimeout(() => done("silence"), 1_000);
      socket.once("error", (error) => (clearTimeout(timer), done(error.code)));
      socket.once("message", (message) => (clearTimeout(timer), done(String(message))));
      const ask = () => socket.connect(port, host, () => socket.send(send));
      if (from === undefined) ask();
      else socket.bind(from, ask);
    }),
  /** As programs look names up: through libc. */
  lookup: async ({ name, family = 0 }) => {
    try {
      const found = await dns.lookup(name, { all: true, family });
      return found.map(({ address }) => address).sort();
    } catch (error) {
      return error.code;
    }
  },
  /** As a resolver's client asks one server. */
  query: async ({ server, name, type }) => {
    const resolver = new dns.Resolver({ timeout: 1_500, tries: 1 });
    resolver.setServers([server]);
    return resolver.resolve(name, type).catch((error) => error.code);
  },
  /** Whether a connection that was kept open still carries data. */
  still: ({ keep }) => {
    const socket = kept.get(keep);
    if (socket === "closed" || socket === undefined) return { outcome: "closed" };
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve({ outcome: "silence" }), 2_000);
      const done = (outcome) => (clearTimeout(timer), resolve({ outcome }));
      socket.once("data", (data) => done(String(data)));
      socket.once("error", (error) => done(error.code));
      socket.once("close", () => done("closed"));
      socket.write("again");
    });
  },
  run: ({ command: [program, ...args] }) =>
    new Promise((resolve) => {
      execFile(program, args, { timeout: PATIENCE_MS }, (error, stdout, stderr) =>
        resolve({ failed: error !== null, text: (stdout + stderr).slice(0, 500) }),
      );
    }),
  status: async () => (await import("node:fs")).readFileSync("/proc/self/status", "utf8"),
  /** As somebody who only has an address. */
  http: ({ url, headers = {} }) =>
    new Promise((resolve) => {
      const failed = (error) => resolve({ status: 0, body: error.code ?? error.message });
      const request = get(url, { headers, agent: false }, (answer) => {
        let body = "";
        answer.setEncoding("utf8").on("data", (text) => (body += text));
        answer.once("end", () => resolve({ status: answer.statusCode, body })).once("error", failed);
      });
      request.setTimeout(PATIENCE_MS, () => request.destroy(new Error("silence")));
      request.once("error", failed);
    }),
};
