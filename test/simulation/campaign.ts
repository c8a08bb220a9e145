import { play, scriptOf } from "./run.ts";
import type { CrashPoint, Fault } from "./script.ts";
import { CRASH_POINTS, FAULTS } from "./script.ts";

/** Many runs of one seed, and what they covered. */
export type Campaign = {
  runs: number;
  steps: number;
  faults: Record<Fault, number>;
  deaths: number;
  violations: { run: number; violation: string }[];
  stepsPerSecond: number;
  /** How often the process died at a point in the aftermath of a fault. */
  coverage: Record<Fault, Record<CrashPoint, number>>;
};

export async function campaign(options: {
  runs: number;
  seed: number;
  /** Ends at the first violation. */
  isImpatient?: boolean;
}): Promise<Campaign> {
  const faults = perFault(() => 0);
  const coverage = perFault(() => perPoint());
  const violations: Campaign["violations"] = [];
  let [steps, deaths, run] = [0, 0, 0];
  const begunAt = performance.now();
  for (; run < options.runs; run += 1) {
    const outcome = await play(scriptOf(options.seed, run), options.seed, run);
    steps += outcome.steps;
    deaths += outcome.deaths;
    for (const [fault, count] of outcome.faults) faults[fault] += count;
    for (const [fault, point] of outcome.cells) coverage[fault][point] += 1;
    if (outcome.violation === null) continue;
    violations.push({ run, violation: outcome.violation });
    if (options.isImpatient === true) break;
  }
  const seconds = (performance.now() - begunAt) / 1000;
  const played = Math.min(run + 1, options.runs);
  return {
    runs: played,
    steps,
    faults,
    deaths,
    violations,
    stepsPerSecond: Math.round(steps / seconds),
    coverage,
  };
}

/** Cells of the table fault × crash point that no run has reached. */
export const emptyCells = ({ coverage }: Pick<Campaign, "coverage">): readonly string[] =>
  FAULTS.flatMap((fault) =>
    CRASH_POINTS.filter((point) => coverage[fault][point] === 0).map((point) => `${fault} × ${point}`),
  );

const perFault = <T>(value: () => T): Record<Fault, T> =>
  Object.fromEntries(FAULTS.map((fault) => [fault, value()])) as Record<Fault, T>; // One for each.

const perPoint = (): Record<CrashPoint, number> =>
  Object.fromEntries(CRASH_POINTS.map((point) => [point, 0])) as Record<CrashPoint, number>; // As above.
