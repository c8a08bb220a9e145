// The world outside: a resolver with a zone of its own, servers on many addresses, and a memory of what reached it.
import { once } from "node:events";
import { createSocket } from "node:dgram";
import { createServer } from "node:net";
import tls from "node:tls";
import packet from "dns-packet";
import { serveLines } from "./serve-lines.mjs";

/** name -> records: {type, data, ttl}. */
let zone = {};
const BULK_BYTES = 8 * 1024 * 1024;
let asked = [];
let reached = [];

function answer(bytes) {
  const query = packet.decode(bytes);
  const [{ name, type }] = query.questions;
  asked.push(`${type} ${name}`);
  const answers = [];
  let current = name.toLowerCase();
  for (let hop = 0; hop < 8; hop += 1) {
    const records = zone[current] ?? [];
    const alias = records.find((record) => record.type === "CNAME");
    for (const { type: found, data, ttl = 60 } of records)
      if (found === type) answers.push({ name: current, type: found, data, ttl, class: "IN" });
    if (alias === undefined) break;
    answers.push({ name: current, type: "CNAME", data: alias.data, ttl: alias.ttl ?? 60, class: "IN" });
    if (alias.stops) break;
    current = alias.data;
  }
  const flags = packet.RECURSION_AVAILABLE | (zone[name.toLowerCase()] === undefined ? 3 : 0);
  return packet.encode({ type: "response", id: query.id, flags, questions: query.questions, answers });
}

async function serveDns(address) {
  const udp = createSocket(address.includes(":") ? "udp6" : "udp4");
  udp.on("message", (bytes, { address: from, port }) => udp.send(answer(bytes), port, from));
  udp.bind(53, address);
  await once(udp, "listening");
  const tcp = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", (bytes) => {
      const reply = answer(bytes.subarray(2));
      const length = Buffer.alloc(2);
      length.writeUInt16BE(reply.length);
      socket.end(Buffer.concat([length, reply]));
    });
  }).listen(53, address);
  await once(tcp, "listening");
}

async function serveTls(address, port) {
  const server = tls.createServer(
    { pskCallback: () => Buffer.from("confine"), ciphers: "PSK", maxVersion: "TLSv1.2" },
    (socket) => {
      reached.push(`tls ${address}:${port} ${socket.servername}`);
      socket.on("error", () => {});
      socket.on("data", (data) => {
        if (data.toString() === "bulk") socket.end(Buffer.alloc(BULK_BYTES, 1));
        else socket.write(`${socket.servername} at ${address} heard ${data.toString()}`);
      });
    },
  );
  server.on("tlsClientError", () => {});
  server.listen(port, address);
  await once(server, "listening");
}

async function serveTcp(address, port) {
  const server = createServer((socket) => {
    reached.push(`tcp ${address}:${port}`);
    socket.on("error", () => {});
    socket.on("data", () => socket.write("more"));
    socket.write("hello");
  }).listen(port, address);
  await once(server, "listening");
}

async function serveUdp(address, port) {
  const socket = createSocket(address.includes(":") ? "udp6" : "udp4");
  socket.on("message", (bytes, { address: from, port: to }) => {
    reached.push(`udp ${address}:${port}`);
    socket.send("heard", to, from);
  });
  socket.bind(port, address);
  await once(socket, "listening");
}

const SERVE = { dns: serveDns, tls: serveTls, tcp: serveTcp, udp: serveUdp };

serveLines({
  serve: ({ kind, address, port }) => SERVE[kind](address, port),
  zone: ({ records }) => void (zone = records),
  seen: () => {
    const seen = { asked, reached };
    asked = [];
    reached = [];
    return seen;
  },
});
