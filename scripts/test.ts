import { CHECKS } from "./checks.ts";
import type { Step } from "./steps.ts";
import { runSteps } from "./steps.ts";

/**
 * `npm test`: the checks, every test, and bad days by the thousand. In CI also OpenClaw end to end in a real browser, which downloads the
 * runtime once and takes minutes; elsewhere that is `npm run e2e`.
 */
const TESTS: readonly Step[] = [
  { name: "tests", command: ["vitest", "run"], loud: true },
  { name: "who may do what", command: ["node", "test/authz/main.ts"] },
  { name: "the API's description is true", command: ["node", "test/contract/prism.ts"] },
  { name: "bad days, simulated", command: ["node", "test/simulation/main.ts"] },
  { name: "the simulation's teeth", command: ["node", "test/simulation/main.ts", "--teeth"] },
  { name: "money and machines agree", command: ["node", "test/money/main.ts", "--runs", "300"] },
  { name: "that model's teeth", command: ["node", "test/money/main.ts", "--teeth"] },
  ...(process.env["CI"] === undefined
    ? []
    : [
        {
          name: "what a tenant can get",
          command: ["node", "test/hostile/main.ts", "--optional"],
          loud: true,
        } satisfies Step,
        { name: "OpenClaw end to end", command: ["node", "test/e2e/openclaw.ts"], loud: true } satisfies Step,
      ]),
];

process.exit((await runSteps([...CHECKS, ...TESTS])) ? 0 : 1);
