import type { Snapshot } from "../../worker/domain/deployment/view.ts";
import { instanceOf } from "../../worker/domain/deployment/view.ts";
import type { TimelineEvent } from "../../worker/domain/deployment/moves.ts";
import type { State } from "../../worker/domain/deployment/state.ts";
import { stateSchema } from "../../worker/domain/deployment/state.ts";
import type { Debt, Meta, StoredEvent } from "./records.ts";
import { NEW_META, usageDebt } from "./records.ts";

/**
 * What one deployment's object keeps, in its own SQLite. Every table is listed in `docs/storage-schema.md`.
 *
 * `commit` is the only writer of the state: it asserts the document, counts a new version whenever what people see has
 * changed, and appends the timeline, all in one turn, hence in one implicit transaction. What D1 has not been told yet
 * is whatever is newer than `projected_*`: no queue of copies, because a snapshot says everything.
 */

/** The timeline kept here; D1 has all of it. */
const EVENTS_KEPT = 500;

/** The document on disk could not be read. Nothing may be done at Fly on the strength of it. */
export class UnreadableStateError extends Error {
  override name = "UnreadableStateError";
}

export class DeploymentStorage {
  readonly #sql: SqlStorage;
  /**
   * What is on disk, as far as this incarnation has read or written it. It is the only writer: a second incarnation
   * can't write, since the platform refuses the storage of a superseded one.
   */
  #state: State | null = null;
  #document = "";
  #seen = { snapshot: "", instance: "", backups: "[]" };
  #meta: Meta | null = null;

  readonly #view: (state: State) => Snapshot;

  /** `view` is what people see of a state. */
  constructor(sql: SqlStorage, view: (state: State) => Snapshot) {
    this.#sql = sql;
    this.#view = view;
    migrate(sql);
  }

  /** `null`: nothing was ever created here. Throws UnreadableStateError rather than taking damage for absence. */
  load(): State | null {
    this.#state ??= this.#read();
    return this.#state;
  }

  #read(): State | null {
    const row = this.#sql.exec<{ json: string }>("SELECT json FROM document WHERE id = 1").toArray()[0];
    if (row === undefined) return null;
    let document: unknown;
    try {
      document = JSON.parse(row.json);
    } catch (cause) {
      throw new UnreadableStateError("The document is not JSON.", { cause });
    }
    const parsed = stateSchema.safeParse(document);
    if (!parsed.success)
      throw new UnreadableStateError("The document does not parse.", { cause: parsed.error });
    this.#document = row.json;
    this.#seen = this.#appearance(parsed.data);
    return parsed.data;
  }

  #appearance(state: State): { snapshot: string; instance: string; backups: string } {
    // Each is built by one function, so equal content means equal text.
    return {
      snapshot: JSON.stringify(this.#view(state)),
      instance: JSON.stringify(instanceOf(state)),
      backups: JSON.stringify(state.status.backups),
    };
  }

  /** Writes state and timeline in one turn. Answers whether what people see has changed. */
  commit(next: State, events: readonly TimelineEvent[]): { changed: boolean } {
    const document = JSON.stringify(stateSchema.parse(next));
    if (document === this.#document && events.length === 0) return { changed: false };
    this.#sql.exec(
      "INSERT INTO document (id, json) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET json = excluded.json",
      document,
    );
    for (const event of events)
      this.#sql.exec("INSERT INTO events (at, json) VALUES (?, ?)", event.at, JSON.stringify(event));
    if (events.length > 0)
      this.#sql.exec("DELETE FROM events WHERE seq <= (SELECT max(seq) FROM events) - ?", EVENTS_KEPT);

    this.#state = next;
    this.#document = document;
    const before = this.#seen;
    this.#seen = this.#appearance(next);
    const changed = before.snapshot !== this.#seen.snapshot;
    const moved = before.instance !== this.#seen.instance;
    const backedUp = before.backups !== this.#seen.backups;
    if (changed || moved || backedUp) {
      const version = this.meta().version + 1;
      this.setMeta({
        version,
        ...(moved ? { instanceVersion: version } : {}),
        ...(backedUp ? { backupsVersion: version } : {}),
      });
    }
    return { changed };
  }

  /** Newest first, older than `before`. */
  events(before: number | null, limit: number): readonly StoredEvent[] {
    return this.#sql
      .exec<{ seq: number; json: string }>(
        "SELECT seq, json FROM events WHERE seq < ? ORDER BY seq DESC LIMIT ?",
        before ?? Number.MAX_SAFE_INTEGER,
        limit,
      )
      .toArray()
      .map(({ seq, json }) => ({ ...parseEvent(json), seq }));
  }

  /** What D1 has not been told; null when it knows everything. */
  debt(state: State, overdueAt: number): Debt | null {
    const meta = this.meta();
    const events = this.#sql
      .exec<{ seq: number; json: string }>(
        "SELECT seq, json FROM events WHERE seq > ? ORDER BY seq LIMIT 200",
        meta.projectedSeq,
      )
      .toArray()
      .map(({ seq, json }) => ({ ...parseEvent(json), seq }));
    const usage = usageDebt(state);
    const isNews = meta.version > meta.projectedVersion || events.length + usage.length > 0;
    if (!isNews && overdueAt === meta.overdueAt) return null;
    const instance = meta.instanceVersion > meta.projectedInstance ? instanceOf(state) : null;
    const backups = meta.backupsVersion > meta.projectedBackups ? state.status.backups : null;
    const { version } = meta;
    const { accountId } = state.identity;
    return { version, snapshot: this.#view(state), instance, backups, events, usage, accountId, overdueAt };
  }

  settle(debt: Debt, now: number): void {
    const lastSeq = debt.events.at(-1)?.seq ?? this.meta().projectedSeq;
    this.setMeta({
      projectedVersion: debt.version,
      projectedSeq: lastSeq,
      projectedAt: now,
      overdueAt: debt.overdueAt,
      projectRetryAt: 0,
      ...(debt.instance === null ? {} : { projectedInstance: debt.version }),
      ...(debt.backups === null ? {} : { projectedBackups: debt.version }),
    });
  }

  /** Makes the next projection tell D1 everything again. */
  forgetProjection(): void {
    this.setMeta({
      version: this.meta().version + 1,
      projectedInstance: -1,
      projectedBackups: -1,
      projectedSeq: 0,
    });
  }

  meta(): Meta {
    this.#meta ??= {
      ...NEW_META, // For fields that are younger than what is on disk.
      ...(JSON.parse(
        this.#sql.exec<{ json: string }>("SELECT json FROM meta WHERE id = 1").one().json,
      ) as Meta), // Written by setMeta alone.
    };
    return this.#meta;
  }

  setMeta(patch: Partial<Meta>): void {
    this.#meta = { ...this.meta(), ...patch };
    this.#sql.exec("UPDATE meta SET json = ? WHERE id = 1", JSON.stringify(this.#meta));
  }
}

/** Append-only: each entry runs once, in order. `PRAGMA user_version` is not available in a Durable Object. */
const MIGRATIONS = [
  `CREATE TABLE document (id INTEGER PRIMARY KEY CHECK (id = 1), json TEXT NOT NULL);
   CREATE TABLE events (seq INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, json TEXT NOT NULL);
   CREATE TABLE credentials (name TEXT PRIMARY KEY, value TEXT NOT NULL);
   CREATE TABLE meta (id INTEGER PRIMARY KEY CHECK (id = 1), json TEXT NOT NULL);
   INSERT INTO meta (id, json) VALUES (1, '${JSON.stringify(NEW_META)}');`,
  // Secrets live in the vault alone.
  "DROP TABLE credentials",
];

function migrate(sql: SqlStorage): void {
  sql.exec("CREATE TABLE IF NOT EXISTS _sql_schema_migrations (id INTEGER PRIMARY KEY)");
  const { done } = sql.exec<{ done: number }>("SELECT count(*) AS done FROM _sql_schema_migrations").one();
  for (const [index, statements] of MIGRATIONS.entries()) {
    if (index < done) continue;
    sql.exec(statements);
    sql.exec("INSERT INTO _sql_schema_migrations (id) VALUES (?)", index);
  }
}

const parseEvent = (json: string): TimelineEvent => JSON.parse(json) as TimelineEvent; // Written by commit alone.
