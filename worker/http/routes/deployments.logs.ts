import { stream } from "hono/streaming";
import { LOG_LEVEL_LENGTH_MAX, LOG_LINE_LENGTH_MAX, logs } from "../../contract/deployments.ts";
import type { LogLine } from "../../contract/deployments.ts";
import { readLogsAfter, readLogTail } from "../../usecases/read-deployment.ts";
import { problem } from "../problem.ts";
import { operation } from "../route.ts";

/** Between two looks at Fly's log API, which can only be polled (flyctl does so too). */
const FOLLOW_EVERY_MS = 1_000;
/** Its fields have the lengths that the contract promises, whatever the machine wrote. */
const lineView = ({ at, level, message }: LogLine): LogLine => ({
  at,
  level: level.slice(0, LOG_LEVEL_LENGTH_MAX),
  message: message.slice(0, LOG_LINE_LENGTH_MAX),
});

const write = (page: { lines: readonly LogLine[] }) =>
  page.lines.map((line) => `${JSON.stringify(lineView(line))}\n`).join("");

/** A follow ends after so many looks; its reader just asks again. A Worker may make 1,000 subrequests. */
const FOLLOWS_MAX = 600;

export const deploymentsLogs = operation(logs, async (c) => {
  const deps = c.get("deps");
  const { id } = c.req.valid("param");
  const { lines, follow } = c.req.valid("query");
  const tail = await readLogTail(deps, c.get("actor"), id, lines);
  if (!tail.ok) return problem(c, tail);

  c.header("content-type", "application/x-ndjson");
  c.header("cache-control", "no-store");
  if (follow === "0") return c.body(write(tail.value), 200);
  return stream(c, async (out) => {
    await out.write(write(tail.value));
    let token = tail.value.nextToken;
    for (let looks = 0; looks < FOLLOWS_MAX && !out.aborted; looks += 1) {
      await out.sleep(FOLLOW_EVERY_MS);
      const page = await readLogsAfter(deps, id, token);
      if (!page.ok) continue; // Fly is away for a moment; the reader keeps what it has.
      token = page.value.nextToken ?? token;
      if (page.value.lines.length > 0) await out.write(write(page.value));
    }
  });
});
