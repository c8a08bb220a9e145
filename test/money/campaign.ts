import { asyncProperty, check } from "fast-check";
import { play } from "./play.ts";
import type { Script } from "./script.ts";
import { anyScript, tell } from "./script.ts";

/** Many runs of one seed. Ends at the first violation, as short as it can be made. */
export type Campaign = {
  runs: number;
  faults: Record<string, number>;
  violations: { violation: string; story: string; path: string | null }[];
};

/** Making a script shorter ends some time. */
const LONGEST_MS = 30_000;

export async function campaign(options: {
  runs: number;
  seed: number;
  isShrunk?: boolean;
}): Promise<Campaign> {
  const faults: Record<string, number> = {};
  let isFound = false;
  const property = asyncProperty(anyScript, async (script: Script) => {
    const { violation, struck } = await play(script);
    if (!isFound)
      for (const [what, count] of Object.entries(struck)) faults[what] = (faults[what] ?? 0) + count;
    if (violation === null) return;
    isFound = true;
    throw new Error(violation);
  });
  const found = await check(property, { numRuns: options.runs, seed: options.seed, endOnFailure: true });
  const details =
    found.failed && options.isShrunk !== false
      ? await check(property, {
          seed: options.seed,
          path: found.counterexamplePath ?? "",
          interruptAfterTimeLimit: LONGEST_MS,
        })
      : found;
  if (!details.failed) return { runs: found.numRuns, faults, violations: [] };
  const script = details.counterexample?.[0];
  const { errorInstance } = details;
  const violation = errorInstance instanceof Error ? errorInstance.message : String(errorInstance);
  return {
    runs: found.numRuns,
    faults,
    violations: [
      { violation, story: script === undefined ? "" : tell(script), path: details.counterexamplePath },
    ],
  };
}
