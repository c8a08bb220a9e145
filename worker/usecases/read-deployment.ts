import type { StoredEvent } from "../../durable-objects/deployment/records.ts";
import type { LogLine, LogPage } from "../clients/fly/logs.ts";
import type { DeploymentId } from "../domain/ids.ts";
import { SECOND_MS } from "../platform/clock.ts";
import type { Result } from "../platform/result.ts";
import { ok } from "../platform/result.ts";
import { callDeployment } from "./call-deployment.ts";
import type { Actor, Deps } from "./deps.ts";
import { ownDeployment } from "./get-deployment.ts";

/** Fly answers this many lines without a token. */
const LOG_PAGE_LINES = 100;
/** A bound for reading back: lines older than this many pages are the archive's. */
const LOG_PAGES_MAX = 20;
const LOG_WINDOW_MS = 24 * 60 * 60 * SECOND_MS;

/** The timeline, newest first; `before` is the `seq` the last page ended with. Errors: `deployment.not_found`. */
export async function readTimeline(
  deps: Deps,
  actor: Actor,
  id: DeploymentId,
  page: { before: number | null; limit: number },
): Promise<Result<{ items: readonly StoredEvent[]; nextCursor: string | null }>> {
  const row = await ownDeployment(deps, actor, id);
  if (!row.ok) return row;
  const answer = await callDeployment(deps, id, async (stub) =>
    ok(await stub.timeline(page.before, page.limit + 1)),
  );
  if (!answer.ok) return answer;
  const items = answer.value.slice(0, page.limit);
  return ok({ items, nextCursor: answer.value.length > page.limit ? String(items.at(-1)?.seq) : null });
}

/** The last `count` lines and where to go on from. Errors: `deployment.not_found`, `service.unavailable`. */
export async function readLogTail(
  deps: Deps,
  actor: Actor,
  id: DeploymentId,
  count: number,
): Promise<Result<LogPage>> {
  const row = await ownDeployment(deps, actor, id);
  if (!row.ok) return row;
  if (count <= LOG_PAGE_LINES) {
    const page = await callDeployment(deps, id, (stub) => stub.logs(null));
    return page.ok ? ok({ ...page.value, lines: page.value.lines.slice(-count) }) : page;
  }
  // Fly's tokens are nanosecond timestamps: read forward from a day ago and keep the end.
  let lines: readonly LogLine[] = [];
  let token: string | null = `${deps.clock.now() - LOG_WINDOW_MS}000000`;
  for (let read = 0; read < LOG_PAGES_MAX; read += 1) {
    const page: Result<LogPage> = await callDeployment(deps, id, (stub) => stub.logs(token));
    if (!page.ok) return page;
    lines = [...lines, ...page.value.lines].slice(-count);
    token = page.value.nextToken ?? token;
    if (page.value.lines.length === 0) break;
  }
  return ok({ lines, nextToken: token });
}

/** What came after a token; for a reader that follows and has been let in by `readLogTail`. */
export const readLogsAfter = (deps: Deps, id: DeploymentId, token: string | null): Promise<Result<LogPage>> =>
  callDeployment(deps, id, (stub) => stub.logs(token));
