import type { Clock } from "./clock.ts";
import type { LogEntry } from "./entities.ts";
import type { Store } from "./store.ts";

/** Lines kept for each app. Fly keeps about seven days; a laptop needs what one looks back at. */
const LINES_KEPT = 5_000;
/** Lines above the ring before it is cut: cutting one by one would copy the ring with every line. */
const TRIM_SLACK = 500;
/** Lines reach the disk in batches: a killed server may lose this much of its newest output. */
const FLUSH_MS = 200;

type NewLine = Omit<LogEntry, "ns"> & { at?: number };

type LogQuery = { after?: string; instance?: string; region?: string; limit: number };

/** The log of every app: a ring in memory, on disk a moment later. */
export type Logs = {
  append(app: string, line: NewLine): void;
  /** The oldest lines after a token, or the newest ones without. */
  read(app: string, query: LogQuery): LogEntry[];
  forget(app: string): void;
  /** Writes what is pending; later lines are dropped. */
  close(): void;
};

export function createLogs(store: Store, clock: Clock): Logs {
  const rings = store.logs.load();
  const lastNs = new Map([...rings].map(([app, ring]) => [app, BigInt(ring.at(-1)?.ns ?? 0)]));
  let pending: { app: string; entry: LogEntry }[] = [];
  let timer: NodeJS.Timeout | null = null;
  let isClosed = false;

  function flush(): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    const batch = pending;
    pending = [];
    if (batch.length === 0) return;
    store.transaction(() => {
      for (const { app, entry } of batch) store.logs.add(app, entry);
    });
  }

  return {
    close() {
      flush();
      isClosed = true;
    },
    append(app, { at, ...line }) {
      if (isClosed) return;
      // Tokens are places in the stream, so no two lines of an app may share a nanosecond.
      const wanted = BigInt(Math.round((at ?? clock.now()) * 1_000)) * 1_000n;
      const last = lastNs.get(app) ?? 0n;
      const ns = wanted > last ? wanted : last + 1n;
      lastNs.set(app, ns);
      const entry: LogEntry = { ns: ns.toString().padStart(19, "0"), ...line };
      const ring = rings.get(app) ?? [];
      rings.set(app, ring);
      ring.push(entry);
      pending.push({ app, entry });
      timer ??= setTimeout(flush, FLUSH_MS).unref();
      if (ring.length >= LINES_KEPT + TRIM_SLACK) {
        ring.splice(0, ring.length - LINES_KEPT);
        flush();
        store.logs.trim(app, ring[0]?.ns ?? "");
      }
    },
    read(app, { after, instance, region, limit }) {
      const ring = rings.get(app) ?? [];
      const from = after === undefined ? 0 : firstAfter(ring, after);
      const wanted = ring
        .slice(from)
        .filter((entry) => instance === undefined || entry.instance === instance)
        .filter((entry) => region === undefined || entry.region === region);
      return after === undefined ? wanted.slice(-limit) : wanted.slice(0, limit);
    },
    forget(app) {
      pending = pending.filter((line) => line.app !== app);
      rings.delete(app);
      store.logs.forget(app);
    },
  };
}

/** The index of the first line after a token; the ring is sorted by `ns`. */
function firstAfter(ring: readonly LogEntry[], token: string): number {
  const ns = token.padStart(19, "0");
  let low = 0;
  let high = ring.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ring[middle]?.ns ?? "") > ns) high = middle;
    else low = middle + 1;
  }
  return low;
}
