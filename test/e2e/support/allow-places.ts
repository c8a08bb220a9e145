import { readdir } from "node:fs/promises";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";

/**
 * An operator's exception: every account has so many places. There is no operation for it, so it is written where an
 * operator would write it, into D1; locally that is a file below `state`.
 */
export async function allowPlaces(state: string, places: number): Promise<void> {
  const directory = path.join(state, "workers/d1/miniflare-D1DatabaseObject");
  const [file] = (await readdir(directory)).filter((name) => /^[0-9a-f]+\.sqlite$/.test(name));
  if (file === undefined) throw new Error(`There is no database in ${directory}.`);
  const database = new DatabaseSync(path.join(directory, file));
  try {
    database.exec("PRAGMA busy_timeout = 5000");
    database.prepare("UPDATE subscriptions SET deployments_limit = ?").run(places);
  } finally {
    database.close();
  }
}
