import { createHash, randomUUID } from "node:crypto";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { bundleAgent } from "../../../../images/agent/bundle.ts";

let built: Promise<string> | undefined;

/** The agent as images carry it, of this checkout: built once by each server, kept by its content. */
export async function agentProgram(cacheDir: string): Promise<string> {
  built ??= bundleAgent();
  const text = await built;
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 12);
  const dir = join(cacheDir, "agents");
  const file = join(dir, `agent-${hash}.mjs`);
  await mkdir(dir, { recursive: true });
  // Whole or not at all: other machines of this user may be starting it.
  const partial = `${file}.${randomUUID()}`;
  await writeFile(partial, text);
  await rename(partial, file);
  return file;
}
