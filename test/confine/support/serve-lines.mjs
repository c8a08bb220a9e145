// The other side of line-process.ts. Plain JavaScript: it is also run by a user who may read little else.
import { createInterface } from "node:readline";

export function serveLines(handlers) {
  async function answer(line) {
    const { id, do: what, ...request } = JSON.parse(line);
    let reply;
    try {
      reply = { id, result: (await handlers[what](request)) ?? null };
    } catch (error) {
      reply = { id, error: error instanceof Error ? error.message : String(error) };
    }
    process.stdout.write(`${JSON.stringify(reply)}\n`);
  }
  createInterface({ input: process.stdin })
    .on("line", (line) => void answer(line))
    .on("close", () => process.exit(0));
  process.stdout.write(`${JSON.stringify({ id: 0 })}\n`);
}
