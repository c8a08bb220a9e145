import { phaseOf, type Phase } from "../../worker/domain/deployment/phase.ts";
import { play, scriptOf } from "./run.ts";

/** Which phase followed which in so many bad days, and in how many of them: what the state diagram is drawn from. */
export async function transitions(options: {
  runs: number;
  seed: number;
}): Promise<ReadonlyMap<Phase, ReadonlyMap<Phase, number>>> {
  const found = new Map<Phase, Map<Phase, number>>();
  for (let run = 0; run < options.runs; run += 1) {
    const pairs = new Set<string>();
    let before: Phase | null = null;
    await play(scriptOf(options.seed, run), options.seed, run, {
      onStep: ({ store }) => {
        const phase = phaseOf(store.state);
        const key = `${before}>${phase}`;
        if (before !== null && before !== phase && !pairs.has(key)) {
          pairs.add(key);
          const from = found.get(before) ?? new Map<Phase, number>();
          found.set(before, from.set(phase, (from.get(phase) ?? 0) + 1));
        }
        before = phase;
      },
    });
  }
  return found;
}
