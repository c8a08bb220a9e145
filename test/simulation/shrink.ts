import { play } from "./run.ts";
import type { Script } from "./script.ts";

/** Drops whatever of a script isn't needed for it to fail in the same way, until nothing more can go. */
export async function shrink(script: Script, seed: number, run: number): Promise<Script> {
  const kind = async (candidate: Script): Promise<string | null> => {
    const { violation } = await play(candidate, seed, run);
    return violation === null ? null : nameOf(violation);
  };
  const wanted = await kind(script);
  let present = script;
  for (let isSmaller = true; isSmaller;) {
    isSmaller = false;
    for (let index = present.length - 1; index >= 0; index -= 1) {
      const candidate = present.filter((_, other) => other !== index);
      if ((await kind(candidate)) !== wanted) continue;
      present = candidate;
      isSmaller = true;
    }
  }
  return present;
}

/** Violations are the same when they differ in ids and numbers alone. */
const nameOf = (violation: string): string => violation.replaceAll(/\d+/g, "#").slice(0, 60);
