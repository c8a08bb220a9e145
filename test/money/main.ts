import { parseArgs } from "node:util";
import { campaign } from "./campaign.ts";
import { teeth } from "./teeth.ts";

/**
 * `npm run test:money -- [--runs N] [--seed S] [--json]`: money and machines agree, whatever happens. `--teeth` proves
 * that it can fail. Exit code 1: something was found, or not found that should have been.
 */
const RUNS_DEFAULT = 300;
/** Each tooth is found long before. */
const TEETH_RUNS = 600;

const { values } = parseArgs({
  options: {
    runs: { type: "string" },
    seed: { type: "string", default: "1" },
    teeth: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  },
});
const seed = whole(values.seed);

if (values.teeth) await bite();
else await playMany();

async function playMany(): Promise<void> {
  const begunAt = performance.now();
  const { runs, faults, violations } = await campaign({
    runs: whole(values.runs ?? String(RUNS_DEFAULT)),
    seed,
  });
  if (values.json) console.log(JSON.stringify({ runs, faults, violations: violations.length }));
  else {
    console.log(`${runs} runs of seed ${seed} in ${((performance.now() - begunAt) / 1_000).toFixed(1)} s`);
    for (const [fault, count] of Object.entries(faults)) console.log(`  ${fault}: ${count}`);
    console.log(`${violations.length} violations`);
  }
  for (const { violation, story } of violations) {
    console.error(`${violation}\n${story}`);
    console.error(`Again: npm run test:money -- --seed ${seed} --runs ${runs}`);
  }
  if (violations.length > 0) process.exitCode = 1;
}

async function bite(): Promise<void> {
  for await (const { protection, caught } of teeth(whole(values.runs ?? String(TEETH_RUNS)), seed)) {
    if (caught === null) process.exitCode = 1;
    console.log(
      caught === null
        ? `MISSED  ${protection}`
        : `caught  ${protection}: ${caught.by}: ${caught.violation.slice(0, 90)}`,
    );
  }
}

function whole(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new Error(`${text} is not a whole number.`);
  return value;
}
