import { chmodSync, closeSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type {
  App,
  IpAssignment,
  LogEntry,
  Machine,
  MachineEvent,
  MachineVersion,
  SecretSet,
  Snapshot,
  Volume,
} from "./entities.ts";

/**
 * Everything this server knows, in memory and written through to one SQLite file, so that a killed server finds its
 * machines again. Reads never touch the disk. A write is one statement in WAL mode without fsync: it survives the
 * death of the process, which is the case here, and not that of the computer, which a stand-in needn't.
 */
export type Store = {
  apps: Table<App>;
  machines: Table<Machine>;
  volumes: Table<Volume>;
  snapshots: Table<Snapshot>;
  secrets: Table<SecretSet>;
  ips: Table<readonly IpAssignment[]>;
  /** The newest events of a machine, newest first. */
  events: Journal<MachineEvent>;
  /** A machine's configs, newest first. */
  versions: Journal<MachineVersion>;
  /** Log lines, oldest first; the caller keeps the ring in memory. */
  logs: LogTable;
  transaction<T>(work: () => T): T;
  close(): void;
};

type Table<T> = {
  get(key: string): T | undefined;
  put(key: string, value: T): void;
  delete(key: string): void;
  values(): Iterable<T>;
};

type Journal<T> = {
  add(owner: string, id: string, value: T): void;
  of(owner: string): readonly T[];
  forget(owner: string): void;
};

type LogTable = {
  load(): Map<string, LogEntry[]>;
  add(app: string, entry: LogEntry): void;
  trim(app: string, olderThanNs: string): void;
  forget(app: string): void;
};

/** The store's format. Another number in the file means another version of this server wrote it. */
const FORMAT = 1;

/** `GET …/events` answers at most 50 (facts/fly.md section 2). */
const EVENTS_KEPT = 50;
/** Enough to find the config a machine was running before its latest updates. */
const VERSIONS_KEPT = 25;

const TABLES = ["apps", "machines", "volumes", "snapshots", "secrets", "ips"] as const;
const JOURNALS = ["events", "versions"] as const;

/** Opens or makes the state directory. Throws one clear sentence when it can't be used. */
export function openStore(dir: string): Store {
  let db: DatabaseSync;
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    const file = join(dir, "fly.sqlite");
    // It holds app secrets in clear, and SQLite gives its log the mode the database has when it is made.
    closeSync(openSync(file, "a", 0o600));
    chmodSync(file, 0o600);
    db = new DatabaseSync(file);
    // One server a directory: the lock is held as long as the process lives, and a second server is told at once.
    db.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
    for (const name of TABLES) {
      db.exec(`CREATE TABLE IF NOT EXISTS ${name} (key TEXT PRIMARY KEY, json TEXT NOT NULL) WITHOUT ROWID`);
    }
    for (const name of JOURNALS) {
      db.exec(
        `CREATE TABLE IF NOT EXISTS ${name} (owner TEXT, id TEXT, json TEXT NOT NULL, PRIMARY KEY (owner, id)) WITHOUT ROWID`,
      );
    }
    db.exec(
      "CREATE TABLE IF NOT EXISTS logs (app TEXT, ns TEXT, json TEXT NOT NULL, PRIMARY KEY (app, ns)) WITHOUT ROWID",
    );
  } catch (cause) {
    throw new Error(`The state directory ${dir} can't be used: ${reason(cause)}.`, { cause });
  }
  const row = db.prepare("PRAGMA user_version").get();
  const format = Number(row?.["user_version"] ?? 0);
  if (format !== 0 && format !== FORMAT) {
    throw new Error(
      `The state directory ${dir} was written by another version (format ${format}, not ${FORMAT}).`,
    );
  }
  db.exec(`PRAGMA user_version = ${FORMAT}`);
  return {
    apps: openTable(db, "apps"),
    machines: openTable(db, "machines"),
    volumes: openTable(db, "volumes"),
    snapshots: openTable(db, "snapshots"),
    secrets: openTable(db, "secrets"),
    ips: openTable(db, "ips"),
    events: openJournal(db, "events", EVENTS_KEPT),
    versions: openJournal(db, "versions", VERSIONS_KEPT),
    logs: openLogs(db),
    transaction(work) {
      if (db.isTransaction) return work();
      db.exec("BEGIN");
      try {
        const result = work();
        db.exec("COMMIT");
        return result;
      } catch (error) {
        db.exec("ROLLBACK");
        throw error;
      }
    },
    close: () => db.close(),
  };
}

function openTable<T>(db: DatabaseSync, name: (typeof TABLES)[number]): Table<T> {
  const rows = new Map<string, T>();
  for (const row of db.prepare(`SELECT key, json FROM ${name}`).iterate()) {
    rows.set(String(row["key"]), JSON.parse(String(row["json"])) as T);
  }
  const upsert = db.prepare(
    `INSERT INTO ${name} (key, json) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET json = excluded.json`,
  );
  const remove = db.prepare(`DELETE FROM ${name} WHERE key = ?`);
  return {
    get: (key) => rows.get(key),
    put(key, value) {
      upsert.run(key, JSON.stringify(value));
      rows.set(key, value);
    },
    delete(key) {
      if (rows.delete(key)) remove.run(key);
    },
    values: () => rows.values(),
  };
}

function openJournal<T>(db: DatabaseSync, name: (typeof JOURNALS)[number], kept: number): Journal<T> {
  const owners = new Map<string, { id: string; value: T }[]>();
  for (const row of db.prepare(`SELECT owner, id, json FROM ${name} ORDER BY owner, id DESC`).iterate()) {
    const owner = String(row["owner"]);
    const entries = owners.get(owner) ?? [];
    entries.push({ id: String(row["id"]), value: JSON.parse(String(row["json"])) as T });
    owners.set(owner, entries);
  }
  const insert = db.prepare(`INSERT INTO ${name} (owner, id, json) VALUES (?, ?, ?)`);
  const removeOne = db.prepare(`DELETE FROM ${name} WHERE owner = ? AND id = ?`);
  const removeAll = db.prepare(`DELETE FROM ${name} WHERE owner = ?`);
  return {
    add(owner, id, value) {
      insert.run(owner, id, JSON.stringify(value));
      const entries = owners.get(owner) ?? [];
      entries.unshift({ id, value });
      owners.set(owner, entries);
      while (entries.length > kept) {
        const oldest = entries.pop();
        if (oldest !== undefined) removeOne.run(owner, oldest.id);
      }
    },
    of: (owner) => (owners.get(owner) ?? []).map((entry) => entry.value),
    forget(owner) {
      if (owners.delete(owner)) removeAll.run(owner);
    },
  };
}

function openLogs(db: DatabaseSync): LogTable {
  const insert = db.prepare("INSERT OR REPLACE INTO logs (app, ns, json) VALUES (?, ?, ?)");
  const trim = db.prepare("DELETE FROM logs WHERE app = ? AND ns < ?");
  const remove = db.prepare("DELETE FROM logs WHERE app = ?");
  return {
    load() {
      const apps = new Map<string, LogEntry[]>();
      for (const row of db.prepare("SELECT app, json FROM logs ORDER BY app, ns").iterate()) {
        const app = String(row["app"]);
        const entries = apps.get(app) ?? [];
        entries.push(JSON.parse(String(row["json"])) as LogEntry);
        apps.set(app, entries);
      }
      return apps;
    },
    add: (app, entry) => void insert.run(app, entry.ns, JSON.stringify(entry)),
    trim: (app, olderThanNs) => void trim.run(app, olderThanNs),
    forget: (app) => void remove.run(app),
  };
}

function reason(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  return text.includes("locked") ? "another server is running on it" : text;
}
