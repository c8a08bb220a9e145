import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { confine } from "../../../../images/agent/confine/index.ts";
import { splice } from "../../../../images/agent/confine/splice.ts";
import { egressReportLine } from "./egress-report.ts";
import { dialThrough } from "./way-out.ts";
import type { SidecarInput } from "./confinement.ts";

/**
 * Confines one machine from outside: runs in its network namespace, as the host's root, out of the machine's reach. The
 * first line on its standard input says what to do, each later one is another policy; when that ends it ends, and the
 * rules stay. The way out is a socket of the local Fly's: the machine's own network leads nowhere.
 */
const REPORT_MS = 5_000;
/** Where containers look for a resolver. */
const DNS_PORT = 53;

const lines = createInterface({ input: process.stdin });
const iterator = lines[Symbol.asyncIterator]();
const first = await iterator.next();
const input = JSON.parse(String(first.value)) as SidecarInput; // From the backend, our parent.

const dial = dialThrough(input.wayOut);
const confinement = await confine({
  policy: input.policy,
  upstreamTransport: "tcp",
  dial,
  resolverPort: DNS_PORT,
});
for (const port of input.hostPorts) {
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    void splice(client, dial("127.0.0.1", port));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(port, "127.0.0.1", resolve);
  });
}
process.stdout.write(`${JSON.stringify({ event: "confined" })}\n`);

let told = "";
setInterval(() => void report(), REPORT_MS);

async function report(): Promise<void> {
  const text = egressReportLine(await confinement.read());
  if (text === told || text === null) return;
  told = text;
  process.stdout.write(`${JSON.stringify({ event: "refused", text })}\n`);
}

for await (const line of iterator) await confinement.update(JSON.parse(line) as SidecarInput["policy"]);
process.exit(0);
