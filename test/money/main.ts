import { parseArgs } from "node:util";
import { campaign } from "./campaign.ts";

/**
 * `npm run test:money -- [--runs N] [--seed S] [--json]`: money and machines agree, whatever happens. Exit code 1:
 * something was found, or not found that should have been.
 */
const RUNS_DEFAULT = 300;

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: String(RUNS_DEFAULT) },
    seed: { type: "string", default: "1" },
    json: { type: "boolean", default: false },
  },
});
const seed = whole(values.seed);

const begunAt = performance.now();
const { runs, faults, violations } = await campaign({ runs: whole(values.runs), seed });
if (values.json) console.log(JSON.stringify({ runs, faults, violations: violations.length }));
else {
  console.log(`${runs} runs of seed ${seed} in ${((performance.now() - begunAt) / 1_000).toFixed(1)} s`);
  for (const [fault, count] of Object.entries(faults)) console.log(`  ${fault}: ${count}`);
  console.log(`${violations.length} violations`);
}
for (const { violation, story, path } of violations) {
  console.error(`${violation}\n${story}`);
  console.error(`Again: npm run test:money -- --seed ${seed}; fast-check's path is ${path}`);
}
if (violations.length > 0) process.exitCode = 1;

function whole(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new Error(`${text} is not a whole number.`);
  return value;
}
