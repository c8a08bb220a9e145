import path from "node:path";
import { build, stop } from "esbuild";
import { mutant } from "../support/mutant.ts";
import type { Campaign } from "./campaign.ts";
import type { Protection } from "./protections.ts";
import { PROTECTIONS } from "./protections.ts";

/** Proves that the model can fail: one protection is switched off in a temporary build, and the runs must find it. */
export type Bite = { protection: string; runs: number; violation: string | null };

type CampaignModule = {
  campaign(options: { runs: number; seed: number; isShrunk: boolean }): Promise<Campaign>;
};

export async function* teeth(runs: number, seed: number): AsyncGenerator<Bite> {
  for (const protection of PROTECTIONS) {
    const { campaign } = await buildWithout(protection);
    const { runs: needed, violations } = await campaign({ runs, seed, isShrunk: false });
    yield { protection: protection.name, runs: needed, violation: violations[0]?.violation ?? null };
  }
  await stop();
}

async function buildWithout({ name, without }: Protection): Promise<CampaignModule> {
  const result = await build({
    entryPoints: [path.join(import.meta.dirname, "campaign.ts")],
    bundle: true,
    write: false,
    format: "esm",
    platform: "node",
    logLevel: "silent",
    plugins: without.map((one) => mutant({ name, ...one })),
  });
  const [output] = result.outputFiles;
  if (output === undefined) throw new Error("Nothing came out of the build.");
  const module: unknown = await import(
    `data:text/javascript;base64,${Buffer.from(output.contents).toString("base64")}`
  );
  return module as CampaignModule; // What it was built from.
}
