import { z } from "zod";
import { DAY_MS, toIso } from "../platform/clock.ts";
import { listHeads } from "../store/audit.repo.ts";
import type { Deps } from "./deps.ts";

/**
 * Once a day the end of every chain is written to R2, where this Worker never writes twice: a chain that was rewritten
 * whole, seals and all, no longer ends where it once did.
 */
const PREFIX = "audit/anchors/";
const HEADS_PER_OBJECT = 1_000;
/** How far back a verification looks; older anchors stay in R2. */
const DAYS_CHECKED = 400;

const anchorSchema = z.array(z.object({ chain: z.string(), seq: z.int(), hash: z.string() }));

/** Writes today's anchors unless they are there. Answers how many chains it wrote down; null: it was done before. */
export async function anchorAudit(deps: Deps): Promise<number | null> {
  const day = toIso(deps.clock.now()).slice(0, "2026-01-01".length);
  if ((await deps.archive.head(keyOf(day, 0))) !== null) return null;
  let after = "";
  let count = 0;
  for (let part = 0; ; part += 1) {
    const heads = await listHeads(deps.db, after, HEADS_PER_OBJECT);
    if (heads.length === 0 && part > 0) break;
    // Only if nobody has: an anchor is never overwritten.
    await deps.archive.put(keyOf(day, part), JSON.stringify(heads), { onlyIf: { etagDoesNotMatch: "*" } });
    count += heads.length;
    after = heads.at(-1)?.chain ?? "";
    if (heads.length < HEADS_PER_OBJECT) break;
  }
  return count;
}

const keyOf = (day: string, part: number): string => `${PREFIX}${day}-${String(part).padStart(4, "0")}.json`;

/** What was anchored of a chain: seals by number. */
export async function anchorsOf(deps: Deps, chain: string): Promise<ReadonlyMap<number, string>> {
  const since = toIso(deps.clock.now() - DAYS_CHECKED * DAY_MS).slice(0, "2026-01-01".length);
  const anchors = new Map<number, string>();
  let cursor: string | undefined;
  do {
    const page = await deps.archive.list({ prefix: PREFIX, ...(cursor === undefined ? {} : { cursor }) });
    for (const { key } of page.objects) {
      if (key.slice(PREFIX.length) < since) continue;
      const object = await deps.archive.get(key);
      if (object === null) continue;
      const heads = anchorSchema.parse(await object.json());
      const head = heads.find((one) => one.chain === chain);
      if (head !== undefined) anchors.set(head.seq, head.hash);
    }
    cursor = page.truncated ? page.cursor : undefined;
  } while (cursor !== undefined);
  return anchors;
}
