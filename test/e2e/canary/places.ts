import { existsSync } from "node:fs";
import { copyFile, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Recorded } from "./recorder.ts";

/** Everywhere a value could have come to rest. */
export const PLACES = [
  "API answers",
  "the door's answers",
  "addresses",
  "log lines",
  "D1 rows",
  "D1 files",
  "objects' rows",
  "objects' files",
  "R2",
  "the platform's other files",
  "Fly's answers",
  "Fly's secret store",
  "Fly's logs",
  "Fly's other rows",
  "Fly's files",
  "machines' consoles",
  "machines' disks",
  "mail",
  "settings",
  "the Worker's bundle",
  "the dashboard",
  "command lines",
  "environments",
] as const;
export type Place = (typeof PLACES)[number];

/** One thing that is looked at. */
export type Look = {
  place: Place;
  where: string;
  bytes: Buffer;
  /** The answer it is, where it is one. */
  record: Recorded | null;
};

const look = (
  place: Place,
  where: string,
  bytes: Uint8Array | string,
  record: Recorded | null = null,
): Look => ({
  place,
  where,
  bytes: Buffer.from(bytes),
  record,
});

const ANSWERS: Readonly<Record<Recorded["from"], Place>> = {
  api: "API answers",
  door: "the door's answers",
  fly: "Fly's answers",
  mail: "mail",
  dashboard: "the dashboard",
};

/** What was asked and answered. */
export function* inRecords(records: readonly Recorded[]): Generator<Look> {
  for (const record of records) {
    const where = `${record.number} ${record.method} ${new URL(record.url).pathname} ${record.status}`;
    yield look("addresses", where, record.url, record);
    yield look(ANSWERS[record.from], `${where}, headers`, record.headers, record);
    yield look(ANSWERS[record.from], `${where}, body`, record.body, record);
  }
}

/** What the Worker says when it asks somebody for something; see `build.ts`. */
export const ASKED = "canary.asked";

/** Every file beneath a directory; databases as bytes and row by row. */
export async function* inFiles(directory: string): AsyncGenerator<Look> {
  for (const file of await filesIn(directory)) {
    const name = path.relative(directory, file);
    const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return null; // It went while we looked.
      throw error;
    });
    if (bytes === null) continue;
    if (name === "launchpad.log") yield* inLog(bytes);
    else yield look(placeOf(name), name, bytes);
    if (bytes.subarray(0, SQLITE.length).equals(SQLITE)) yield* await inRows(file, name);
  }
}

const SQLITE = Buffer.from("SQLite format 3\0");

function* inLog(bytes: Buffer): Generator<Look> {
  const lines = bytes.toString("utf8").split("\n");
  for (const [index, line] of lines.entries())
    yield look(line.includes(ASKED) ? "addresses" : "log lines", `launchpad.log:${index + 1}`, line);
}

function placeOf(name: string): Place {
  const rules: readonly (readonly [RegExp, Place])[] = [
    [/^workers\/d1\//, "D1 files"],
    [/^workers\/do\//, "objects' files"],
    [/^workers\/r2\//, "R2"],
    [/^workers\//, "the platform's other files"],
    [/^fly\/fly\.sqlite/, "Fly's files"],
    [/^fly\/machines\/[^/]+\/console\.log/, "machines' consoles"],
    [/^fly\//, "machines' disks"],
    [/^mail\.jsonl$/, "mail"],
    [/^worker\.js$/, "the Worker's bundle"],
  ];
  return rules.find(([pattern]) => pattern.test(name))?.[1] ?? "settings";
}

function placeOfRow(name: string, table: string): Place {
  switch (placeOf(name)) {
    case "D1 files":
      return "D1 rows";
    case "objects' files":
      return "objects' rows";
    case "Fly's files":
      if (table === "secrets") return "Fly's secret store";
      return table === "logs" ? "Fly's logs" : "Fly's other rows";
    default:
      return placeOf(name);
  }
}

/** Every cell, as SQLite itself reads it: in the file a long one lies in pieces. */
async function inRows(file: string, name: string): Promise<readonly Look[]> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await onCopy(file, (db) => cellsOf(db, name));
    } catch (error) {
      if (!existsSync(file)) return [];
      // While its owner writes, a copy's two files may not fit together.
      if (tries === COPY_TRIES) throw new Error(`${name} can't be read.`, { cause: error });
      await new Promise((elapsed) => setTimeout(elapsed, COPY_AGAIN_MS));
    }
  }
}

const COPY_TRIES = 5;
const COPY_AGAIN_MS = 300;

/** The original has its owner, who may have locked it. */
async function onCopy<T>(file: string, read: (db: DatabaseSync) => T): Promise<T> {
  const directory = await mkdtemp(path.join(os.tmpdir(), "launchpad-canary-"));
  try {
    const copy = path.join(directory, "db.sqlite");
    await copyFile(file, copy);
    await copyFile(`${file}-wal`, `${copy}-wal`).catch(() => undefined); // There need not be one.
    const db = new DatabaseSync(copy);
    try {
      return read(db);
    } finally {
      db.close();
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function cellsOf(db: DatabaseSync, name: string): readonly Look[] {
  const looks: Look[] = [];
  for (const { name: table } of db.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all()) {
    const rows = db.prepare(`SELECT * FROM "${String(table)}"`);
    rows.setReadBigInts(true);
    for (const row of rows.iterate())
      for (const [column, cell] of Object.entries(row))
        if (typeof cell === "string" || cell instanceof Uint8Array)
          looks.push(look(placeOfRow(name, String(table)), `${name} ${String(table)}.${column}`, cell));
  }
  return looks;
}

/** What goes while we look is gone. */
async function filesIn(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  const nested = await Promise.all(
    entries.map(async (entry) => {
      const found = path.join(directory, entry.name);
      if (entry.isDirectory()) return filesIn(found);
      return entry.isFile() ? [found] : [];
    }),
  );
  return nested.flat().sort();
}

/** What `npm start` itself printed. */
export function* inOutput(output: string): Generator<Look> {
  yield look("log lines", "npm start", output);
}

/** What the dashboard was built into. */
export async function* inAssets(directory: string): AsyncGenerator<Look> {
  for (const file of await filesIn(directory))
    yield look("the dashboard", path.relative(directory, file), await readFile(file));
}

/** Command lines, which everybody on a computer can read, and environments. Linux only; nothing elsewhere. */
export async function inProcesses(isOurs: (pid: number) => boolean): Promise<readonly Look[]> {
  const entries = await readdir("/proc").catch(() => []);
  const looks = await Promise.all(
    entries
      .filter((name) => /^\d+$/.test(name))
      .map(async (pid): Promise<readonly Look[]> => {
        const read = (name: string) => readFile(`/proc/${pid}/${name}`).catch(() => Buffer.alloc(0)); // It has ended.
        const [command, environment] = [await read("cmdline"), await read("environ")];
        const isMachine = environment.includes("LAUNCHPAD_MACHINE_ID=");
        if (!isMachine && !isOurs(Number(pid))) return [];
        const program = command.toString("utf8").replaceAll("\0", " ").slice(0, 100);
        return [
          look("command lines", program, command),
          look("environments", `${isMachine ? "machine" : "ours"}: ${program}`, environment),
        ];
      }),
  );
  return looks.flat();
}
