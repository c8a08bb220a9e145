import { parseArgs } from "node:util";
import type { Campaign } from "./campaign.ts";
import { campaign, emptyCells } from "./campaign.ts";
import { scriptOf } from "./run.ts";
import { shrink } from "./shrink.ts";
import { tell } from "./story.ts";
import { teeth } from "./teeth.ts";

/**
 * `npm run sim -- [--runs N] [--seed S] [--json]`: bad days by the thousand. `--run K` replays one and tells its story;
 * `--teeth` proves that the simulation can fail. Exit code 1: something was found, or not found that should have been.
 */
const RUNS_DEFAULT = 2_000;
const TEETH_RUNS = 12_000;

const { values } = parseArgs({
  options: {
    runs: { type: "string" },
    seed: { type: "string", default: "1" },
    run: { type: "string" },
    json: { type: "boolean", default: false },
    teeth: { type: "boolean", default: false },
  },
});
const seed = whole(values.seed);

if (values.teeth) await bite();
else if (values.run !== undefined) await replay(whole(values.run));
else await play();

async function play(): Promise<void> {
  const result = await campaign({ runs: whole(values.runs ?? String(RUNS_DEFAULT)), seed });
  const empty = emptyCells(result);
  if (values.json) console.log(JSON.stringify({ ...result, violations: result.violations.length }));
  else print(result, empty);
  const [first] = result.violations;
  if (first !== undefined) {
    console.error(await story(first.run));
    console.error(`Again: npm run sim -- --seed ${seed} --run ${first.run}`);
  }
  // Fewer runs than the default can't reach every cell.
  if (empty.length > 0 && result.runs >= RUNS_DEFAULT) console.error(`Never covered: ${empty.join("; ")}`);
  if (first !== undefined || (empty.length > 0 && result.runs >= RUNS_DEFAULT)) process.exitCode = 1;
}

async function replay(run: number): Promise<void> {
  console.log(await story(run));
}

async function story(run: number): Promise<string> {
  return tell(await shrink(scriptOf(seed, run), seed, run), seed, run);
}

async function bite(): Promise<void> {
  const bites = await teeth(TEETH_RUNS, seed);
  const caught = bites.filter((one) => one.caught !== null);
  if (values.json) console.log(JSON.stringify({ protections: bites.length, caught: caught.length }));
  else
    for (const { protection, caught: found } of bites)
      console.log(
        found === null
          ? `MISSED  ${protection}`
          : `caught  ${protection}: seed ${seed} run ${found.run}: ${found.violation.slice(0, 110)}`,
      );
  if (caught.length < bites.length) process.exitCode = 1;
}

function print(
  { runs, steps, faults, deaths, violations, stepsPerSecond }: Campaign,
  empty: readonly string[],
): void {
  console.log(`${runs} runs, ${steps} steps, ${deaths} deaths, ${stepsPerSecond} steps/s, seed ${seed}`);
  for (const [fault, count] of Object.entries(faults)) console.log(`  ${fault}: ${count}`);
  console.log(`Table fault × crash point: ${empty.length} empty cells`);
  console.log(`${violations.length} violations`);
  for (const { run, violation } of violations) console.log(`  run ${run}: ${violation.slice(0, 110)}`);
}

function whole(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new Error(`${text} is not a whole number.`);
  return value;
}
