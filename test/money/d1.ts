import type { D1Database, D1PreparedStatement, D1Result, SqlStorage } from "@cloudflare/workers-types";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type { SQLInputValue, StatementSync } from "node:sqlite";
import { DatabaseSync } from "node:sqlite";
import type { Calls, Life } from "./life.ts";

/** D1 as far as Drizzle asks for it, on SQLite in memory with the product's own migrations: every statement is the real one. */
const MIGRATIONS = path.resolve("migrations");
const SCHEMA = readdirSync(MIGRATIONS)
  .filter((name) => name.endsWith(".sql"))
  .sort()
  .map((name) => readFileSync(path.join(MIGRATIONS, name), "utf8"))
  .join("\n");

export class Disk {
  readonly #db = new DatabaseSync(":memory:");
  readonly #prepared = new Map<string, StatementSync>();

  constructor() {
    this.#db.exec(SCHEMA);
  }

  rows(query: string, ...values: SQLInputValue[]): Record<string, unknown>[] {
    return this.#statement(query).all(...values);
  }

  perform({ query, values }: Asked): D1Result<Record<string, unknown>> {
    const statement = this.#statement(query);
    const isRead = statement.columns().length > 0;
    const results = isRead ? statement.all(...values) : [];
    const changes = isRead ? 0 : Number(statement.run(...values).changes);
    return { success: true, results, meta: { changes } } as unknown as D1Result<Record<string, unknown>>; // All that is asked for.
  }

  raw({ query, values }: Asked): unknown[][] {
    const statement = this.#statement(query);
    statement.setReturnArrays(true);
    try {
      return statement.all(...values) as unknown as unknown[][]; // As told above.
    } finally {
      statement.setReturnArrays(false);
    }
  }

  all(asked: readonly Asked[]): D1Result<Record<string, unknown>>[] {
    this.#db.exec("BEGIN");
    try {
      const results = asked.map((one) => this.perform(one));
      this.#db.exec("COMMIT");
      return results;
    } catch (error) {
      this.#db.exec("ROLLBACK");
      throw error;
    }
  }

  #statement(query: string): StatementSync {
    const known = this.#prepared.get(query) ?? this.#db.prepare(query);
    this.#prepared.set(query, known);
    return known;
  }
}

type Asked = { query: string; values: SQLInputValue[] };

const SLOWEST_MS = 400;

/** As one process sees it. */
export function d1Of(disk: Disk, calls: Calls, life: Life): D1Database {
  const call = <T>(work: () => T): Promise<T> => calls.make(life, SLOWEST_MS, true, work);
  const statement = (query: string, values: SQLInputValue[]): D1PreparedStatement & { asked: Asked } => {
    const asked = { query, values };
    return {
      asked,
      bind: (...bound: SQLInputValue[]) => statement(query, bound),
      run: () => call(() => disk.perform(asked)),
      all: () => call(() => disk.perform(asked)),
      raw: () => call(() => disk.raw(asked)),
    } as unknown as D1PreparedStatement & { asked: Asked }; // What Drizzle calls of it.
  };
  return {
    prepare: (query: string) => statement(query, []),
    batch: (statements: readonly { asked: Asked }[]) =>
      call(() => disk.all(statements.map(({ asked }) => asked))),
  } as unknown as D1Database; // As above.
}

/** An object's own SQLite: it answers at once, and never to a process that has ended. */
export function sqlOf(db: DatabaseSync, check: () => void): SqlStorage {
  return {
    exec(query: string, ...values: SQLInputValue[]) {
      check();
      const statement = db.prepare(query);
      const rows = statement.columns().length > 0 ? statement.all(...values) : [];
      if (statement.columns().length === 0) statement.run(...values);
      return { toArray: () => rows };
    },
  } as unknown as SqlStorage; // All that a shelf asks for.
}
