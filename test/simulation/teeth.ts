import path from "node:path";
import { build, stop } from "esbuild";
import { mutant } from "../support/mutant.ts";
import type { Campaign } from "./campaign.ts";
import type { Protection } from "./protections.ts";
import { PROTECTIONS } from "./protections.ts";

/**
 * Proves that the simulation can fail: each protection is switched off in a temporary build, and the runs must find it.
 * The product itself knows nothing of this.
 */
export type Bite = { protection: string; caught: { run: number; violation: string } | null };

type CampaignModule = {
  campaign(options: { runs: number; seed: number; isImpatient: boolean }): Promise<Campaign>;
};

export async function teeth(runs: number, seed: number): Promise<readonly Bite[]> {
  const bites: Bite[] = [];
  for (const protection of PROTECTIONS) {
    const { campaign } = await buildWithout(protection);
    const { violations } = await campaign({ runs, seed, isImpatient: true });
    bites.push({ protection: protection.name, caught: violations[0] ?? null });
  }
  await stop();
  return bites;
}

/** The simulation and the product in one module, one protection short. */
async function buildWithout(protection: Protection): Promise<CampaignModule> {
  const result = await build({
    entryPoints: [path.join(import.meta.dirname, "campaign.ts")],
    bundle: true,
    write: false,
    format: "esm",
    platform: "node",
    logLevel: "silent",
    plugins: [mutant(protection)],
  });
  const [output] = result.outputFiles;
  if (output === undefined) throw new Error("Nothing came out of the build.");
  const module: unknown = await import(
    `data:text/javascript;base64,${Buffer.from(output.contents).toString("base64")}`
  );
  return module as CampaignModule; // What it was built from.
}
