import type { Step } from "./steps.ts";

/** Everything that can be said about the code without running it. */
export const CHECKS: readonly Step[] = [
  { name: "format", command: ["oxfmt", "--check", "."] },
  { name: "lint", command: ["oxlint", "--type-aware", "--deny-warnings"] },
  ...[
    "tsconfig.json",
    "images/agent/tsconfig.json",
    "local/tsconfig.json",
    "scripts/tsconfig.json",
    "test/tsconfig.json",
    "test/contract/tsconfig.json",
    "test/money/tsconfig.json",
    "test/workerd/tsconfig.json",
    "web/tsconfig.json",
  ].map((project): Step => ({
    name: `types of ${project.replace(/\/?tsconfig\.json$/, "") || "worker"}`,
    command: ["tsc", "-p", project],
  })),
  {
    name: "dependency rules",
    command: [
      "depcruise",
      "--config",
      ".dependency-cruiser.mjs",
      "worker",
      "durable-objects",
      "images/agent",
      "local",
      "web",
      "test",
      "scripts",
    ],
  },
  { name: "dead code", command: ["knip"] },
  { name: "what is generated is current", command: ["node", "scripts/generate.ts", "--check"] },
  {
    name: "the API's description, by other people's rules",
    command: [
      "spectral",
      "lint",
      "docs/openapi.json",
      "--ruleset",
      "test/contract/.spectral.yaml",
      "--fail-severity",
      "hint",
    ],
  },
  { name: "migrations are current", command: ["node", "scripts/migration-drift.ts"] },
];
