import { availableParallelism } from "node:os";
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { build, stop } from "esbuild";
import { mutant } from "../support/mutant.ts";
import type { Protection } from "./protections.ts";
import { PROTECTIONS } from "./protections.ts";

/**
 * Proves that the simulation can fail: each protection is switched off in a temporary build, and the runs must find it.
 * The product itself knows nothing of this.
 */
export type Bite = { protection: string; caught: { run: number; violation: string } | null };

export async function teeth(runs: number, seed: number): Promise<readonly Bite[]> {
  const bites = new Map<Protection, Bite["caught"]>();
  const left = PROTECTIONS.values();
  const worker = async (): Promise<void> => {
    for (const protection of left) bites.set(protection, await runWithout(protection, { runs, seed }));
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  await stop();
  return PROTECTIONS.map((protection) => ({
    protection: protection.name,
    caught: bites.get(protection) ?? null,
  }));
}

/** What the thread of one protection does: the first violation is enough. */
const ENTRY = `
import { parentPort, workerData } from "node:worker_threads";
import { campaign } from "./campaign.ts";
const { violations } = await campaign({ ...workerData, isImpatient: true });
parentPort.postMessage(violations[0] ?? null);
`;

/** The simulation and the product in one module, one protection short, in a thread of its own. */
async function runWithout(
  protection: Protection,
  campaign: { runs: number; seed: number },
): Promise<Bite["caught"]> {
  const result = await build({
    stdin: { contents: ENTRY, resolveDir: import.meta.dirname },
    bundle: true,
    write: false,
    format: "esm",
    platform: "node",
    logLevel: "silent",
    plugins: [mutant(protection)],
  });
  const [output] = result.outputFiles;
  if (output === undefined) throw new Error("Nothing came out of the build.");
  const code = Buffer.from(output.contents).toString("base64");
  const thread = new Worker(new URL(`data:text/javascript;base64,${code}`), { workerData: campaign });
  const [caught] = (await once(thread, "message")) as [Bite["caught"]]; // What `ENTRY` posts.
  await thread.terminate();
  return caught;
}
