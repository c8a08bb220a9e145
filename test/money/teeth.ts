import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { build, stop } from "esbuild";
import { mutant } from "../support/mutant.ts";
import type { campaign } from "./campaign.ts";
import type { Protection } from "./protections.ts";
import { PROTECTIONS } from "./protections.ts";
import type { tellStories } from "./stories.ts";

/**
 * Proves that the model can fail: one protection is switched off in a temporary build, and the stories, or else chance,
 * must find it.
 */
export type Bite = { protection: string; caught: { by: string; violation: string } | null };

const EVERYTHING = `export { campaign } from "./campaign.ts"; export { tellStories } from "./stories.ts";`;
type Everything = { campaign: typeof campaign; tellStories: typeof tellStories };

export async function* teeth(runs: number, seed: number): AsyncGenerator<Bite> {
  const directory = await mkdtemp(path.join(os.tmpdir(), "launchpad-teeth-"));
  try {
    for (const [index, protection] of PROTECTIONS.entries()) {
      const built = await buildWithout(protection, path.join(directory, `${index}.mjs`));
      yield { protection: protection.name, caught: await catchIt(built, runs, seed) };
    }
  } finally {
    await stop();
    await rm(directory, { recursive: true, force: true });
  }
}

async function catchIt(built: Everything, runs: number, seed: number): Promise<Bite["caught"]> {
  const told = await built.tellStories();
  if (told !== null) return { by: `story ${told.story}`, violation: told.violation };
  const { runs: needed, violations } = await built.campaign({ runs, seed, isShrunk: false });
  const [first] = violations;
  return first === undefined ? null : { by: `run ${needed}`, violation: first.violation };
}

/** In a file: an error's stack names where its module came from, which must not be the module itself. */
async function buildWithout({ name, without }: Protection, outfile: string): Promise<Everything> {
  await build({
    stdin: { contents: EVERYTHING, resolveDir: import.meta.dirname, loader: "ts" },
    bundle: true,
    outfile,
    format: "esm",
    platform: "node",
    logLevel: "silent",
    plugins: without.map((one) => mutant({ name, ...one })),
  });
  const module: unknown = await import(pathToFileURL(outfile).href);
  return module as Everything; // What it was built from.
}
