/**
 * Attempts counted in two ways, in the object's own SQLite.
 *
 * A `bucket` allows `burst` at once and one more every `everyMs`. A `delay` lets a few failures pass and then doubles
 * the wait after each further one; only failures count, and a success forgets them. Nobody is ever locked out: either
 * wait has an end, and neither grows by asking during it.
 */
export type Check =
  | { kind: "bucket"; key: string; burst: number; everyMs: number }
  | { kind: "delay"; key: string };

/** Typing errors cost nothing. */
const FREE_FAILURES = 4;
const DELAY_FIRST_MS = 1_000;
const DELAY_LAST_MS = 15 * 60 * 1_000;

export class Attempts {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(
      "CREATE TABLE IF NOT EXISTS buckets (key TEXT PRIMARY KEY, tokens REAL NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID",
    );
    sql.exec(
      "CREATE TABLE IF NOT EXISTS failures (key TEXT PRIMARY KEY, count INTEGER NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID",
    );
  }

  /** Takes one of each; answers how many ms to wait, 0 when it was taken. */
  take(checks: readonly Check[], now: number): number {
    const waits = checks.map((check) =>
      check.kind === "bucket" ? this.#bucketWait(check, now) : this.#delayLeft(check.key, now),
    );
    const waitMs = Math.max(0, ...waits);
    if (waitMs > 0) return waitMs;
    for (const check of checks) if (check.kind === "bucket") this.#draw(check, now);
    return 0;
  }

  failed(key: string, now: number): void {
    this.#sql.exec(
      "INSERT INTO failures (key, count, at) VALUES (?, 1, ?) ON CONFLICT (key) DO UPDATE SET count = count + 1, at = excluded.at",
      key,
      now,
    );
  }

  reset(keys: readonly string[]): void {
    for (const key of keys) {
      this.#sql.exec("DELETE FROM failures WHERE key = ?", key);
      this.#sql.exec("DELETE FROM buckets WHERE key = ?", key);
    }
  }

  forget(before: number): void {
    this.#sql.exec("DELETE FROM buckets WHERE at < ?", before);
    this.#sql.exec("DELETE FROM failures WHERE at < ?", before);
  }

  #tokens({ key, burst, everyMs }: Extract<Check, { kind: "bucket" }>, now: number): number {
    const [bucket] = this.#sql
      .exec<{ tokens: number; at: number }>("SELECT tokens, at FROM buckets WHERE key = ?", key)
      .toArray();
    if (bucket === undefined) return burst;
    return Math.min(bucket.tokens + Math.max(0, now - bucket.at) / everyMs, burst);
  }

  #bucketWait(check: Extract<Check, { kind: "bucket" }>, now: number): number {
    const tokens = this.#tokens(check, now);
    return tokens >= 1 ? 0 : Math.ceil((1 - tokens) * check.everyMs);
  }

  #draw(check: Extract<Check, { kind: "bucket" }>, now: number): void {
    this.#sql.exec(
      "INSERT INTO buckets (key, tokens, at) VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET tokens = excluded.tokens, at = excluded.at",
      check.key,
      this.#tokens(check, now) - 1,
      now,
    );
  }

  #delayLeft(key: string, now: number): number {
    const [row] = this.#sql
      .exec<{ count: number; at: number }>("SELECT count, at FROM failures WHERE key = ?", key)
      .toArray();
    if (row === undefined || row.count <= FREE_FAILURES) return 0;
    const delayMs = Math.min(DELAY_FIRST_MS * 2 ** (row.count - FREE_FAILURES - 1), DELAY_LAST_MS);
    return Math.max(0, row.at + delayMs - now);
  }
}
