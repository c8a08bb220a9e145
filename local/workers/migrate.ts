import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import type { D1Database } from "@cloudflare/workers-types";

/** The table `wrangler d1 migrations apply` keeps, so that both agree on what has been applied. */
const APPLIED = "d1_migrations";
const BREAKPOINT = "--> statement-breakpoint";

/** Applies what is new in `migrations/`, each file in one batch with the note that it was applied. */
export async function migrate(db: D1Database, directory: string): Promise<void> {
  await db
    .prepare(
      `CREATE TABLE IF NOT EXISTS ${APPLIED} (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)`,
    )
    .run();
  const { results } = await db.prepare(`SELECT name FROM ${APPLIED}`).all<{ name: string }>();
  const applied = new Set(results.map(({ name }) => name));
  const files = (await readdir(directory)).filter((file) => file.endsWith(".sql")).sort();
  for (const file of files.filter((name) => !applied.has(name))) {
    const text = await readFile(path.join(directory, file), "utf8");
    const statements = text.split(BREAKPOINT).map((statement) => db.prepare(statement));
    await db.batch([...statements, db.prepare(`INSERT INTO ${APPLIED} (name) VALUES (?)`).bind(file)]);
  }
}
