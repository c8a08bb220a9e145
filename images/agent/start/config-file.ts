import { chmod, chown, lchown, mkdir, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { JsonObject, JsonValue } from "../contract/json.ts";
import type { Environment } from "./environment.ts";

export type Owner = { uid: number; gid: number };

/** Its own and nobody else's to read: configs may quote what their runtime puts in. */
const PRIVATE = 0o600;

/** Writes a gateway's config, whole or not at all, readable by its user alone. */
export async function writeConfig(path: string, config: JsonObject, owner: Owner | null): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  // Another user has to get through to the file, and needs to see nothing else.
  if (owner !== null) await chmod(dirname(path), 0o711);
  const fresh = `${path}.new`;
  await writeFile(fresh, `${JSON.stringify(config, null, 2)}\n`, { mode: PRIVATE });
  await chmod(fresh, PRIVATE); // The mode above is only for a file that wasn't there.
  if (owner !== null) await chown(fresh, owner.uid, owner.gid);
  await rename(fresh, path);
}

/**
 * Makes a home on a fresh volume, which belongs to root until then. What lies on it already keeps its owner; a link that
 * was put in the home's place is given away, and not what it leads to.
 */
export async function prepareHome(home: string, owner: Owner): Promise<void> {
  await mkdir(home, { recursive: true });
  for (const path of [dirname(home), home]) await lchown(path, owner.uid, owner.gid);
}

/** The same config with one value put in, at a path of keys; what is missing on the way is made. */
export function withValueAt(config: JsonObject, path: readonly string[], value: JsonValue): JsonObject {
  const [key, ...rest] = path;
  if (key === undefined) throw new Error("There is no place to put the value.");
  const below = config[key];
  const inner =
    typeof below === "object" && below !== null && !Array.isArray(below) ? (below as JsonObject) : {};
  return { ...config, [key]: rest.length === 0 ? value : withValueAt(inner, rest, value) };
}

/** Upstream's form of a reference (`${NAME}`). */
const REFERENCE = /\$\{([A-Z][A-Z0-9_]*)\}/g;

/** What a config refers to and the gateway won't find: said before it starts, since its own words come late. */
export function missingReferences(config: JsonValue, env: Environment): readonly string[] {
  const names = [...JSON.stringify(config).matchAll(REFERENCE)].flatMap(([, name]) => name ?? []);
  return [...new Set(names)].filter((name) => env[name] === undefined);
}
