import type { FleetClient } from "../../worker/clients/fly/fleet.ts";
import { changed } from "../../worker/domain/fleet/changes.ts";
import type { Seen } from "../../worker/domain/fleet/changes.ts";
import type { Clock } from "../../worker/platform/clock.ts";
import { MINUTE_MS, SECOND_MS } from "../../worker/platform/clock.ts";
import type { Logger } from "../../worker/platform/logger.ts";
import { describeError } from "../../worker/platform/logger.ts";
import type { Random } from "../../worker/platform/random.ts";

/**
 * One look of the watcher at Fly's feed: who changed is poked, nobody else is. It may miss nothing for long and cost
 * nothing for the idle: a broken watcher costs freshness alone, because each deployment looks after itself, too.
 *
 * Nothing here knows about Cloudflare: the object hands in its ports, and so does a benchmark.
 */
export type Memory = {
  /** Changes up to this instant, by Fly's clock, have been read. 0: never looked. */
  readUntil: number;
  seen: Seen;
  /** Deployments that changed and are not poked yet. */
  owed: readonly string[];
  /** Looks in a row that failed, or died. */
  strikes: number;
  lookedAt: number;
};

export const NEW_MEMORY: Memory = { readUntil: 0, seen: {}, owed: [], strikes: 0, lookedAt: 0 };

export type WatchPorts = {
  memory(): Memory;
  remember(memory: Memory): void;
  fleet: Pick<FleetClient, "machines">;
  poke(deploymentId: string): Promise<void>;
  controlPlaneId: string;
  clock: Clock;
  random: Random;
  logger: Logger;
  arm(at: number): void;
};

const LOOK_EVERY_MS = 15 * SECOND_MS;
/** The feed is eventually consistent: this much of the past is read again. */
const OVERLAP_MS = MINUTE_MS;
/** A look that finds more goes on at the next. */
const PAGES_MAX = 10;
const POKES_MAX = 200;
const BACKOFF_LAST_MS = 5 * MINUTE_MS;

export async function look(ports: WatchPorts): Promise<void> {
  const { clock, logger } = ports;
  const startedAt = clock.now();
  const before = ports.memory();
  const strikes = before.strikes + 1;
  // Before anything that can throw: a watcher that dies looks again.
  ports.remember({ ...before, strikes });
  ports.arm(startedAt + backoffMs(strikes, ports.random));
  const read = await readFeed(ports, before);
  if (read === null) {
    logger.error("fleet.feed_unanswered", { strikes });
    return;
  }
  const owed = [...new Set([...before.owed, ...read.deploymentIds])];
  // On disk before the first poke: what is owed survives a death half-way.
  ports.remember({ ...read.memory, owed, strikes });
  const done = await pokeAll(ports, owed.slice(0, POKES_MAX));
  ports.remember({
    ...read.memory,
    owed: owed.filter((id) => !done.has(id)),
    strikes: 0,
    lookedAt: clock.now(),
  });
  ports.arm(startedAt + LOOK_EVERY_MS);
}

/** `null`: Fly gave no answer; nothing that was read counts. */
async function readFeed(
  ports: WatchPorts,
  before: Memory,
): Promise<{ deploymentIds: readonly string[]; memory: Memory } | null> {
  const since = Math.max(0, before.readUntil - OVERLAP_MS);
  let { seen, readUntil } = before;
  const deploymentIds: string[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const outcome: Awaited<ReturnType<FleetClient["machines"]>> = await ports.fleet.machines(since, cursor);
    if (outcome.kind !== "ok") return null;
    const { items, next } = outcome.value;
    const found = changed(seen, items, ports.controlPlaneId, readUntil - 2 * OVERLAP_MS);
    // The first look of all only learns what there is: every deployment looks after itself meanwhile.
    if (before.readUntil > 0) deploymentIds.push(...found.deploymentIds);
    seen = found.seen;
    readUntil = Math.max(readUntil, ...items.map(({ updatedAt }) => updatedAt));
    cursor = next;
    if (cursor === null) break;
  }
  return { deploymentIds, memory: { ...before, seen, readUntil: Math.max(readUntil, 1) } };
}

async function pokeAll(ports: WatchPorts, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const done = new Set<string>();
  await Promise.all(
    ids.map(async (id) => {
      try {
        await ports.poke(id);
        done.add(id);
      } catch (error) {
        ports.logger.error("fleet.poke_failed", { deploymentId: id, error: describeError(error) });
      }
    }),
  );
  return done;
}

const backoffMs = (strikes: number, random: Random): number =>
  Math.min(LOOK_EVERY_MS * 2 ** Math.min(strikes - 1, 10), BACKOFF_LAST_MS) * (1 + 0.2 * random.fraction());
