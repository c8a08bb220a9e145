import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    // The Worker logs every pass; shown for a test that fails.
    silent: "passed-only",
    // A bound on what hangs, not a claim about speed: some machines are slow.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    projects: [
      {
        test: {
          name: "node",
          include: [
            "{worker,durable-objects,local,web}/**/*.test.ts",
            "test/{conformance,simulation}/**/*.test.ts",
          ],
        },
      },
      {
        plugins: [
          cloudflareTest(async ({ inject }) => ({
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: {
              bindings: { ...inject("vars"), MIGRATIONS: await readD1Migrations("./migrations") },
              serviceBindings: { CLOCK: { external: { address: inject("clockAddress"), http: {} } } },
            },
          })),
        ],
        test: {
          name: "workerd",
          include: ["test/workerd/**/*.test.ts"],
          globalSetup: ["./test/workerd/global-setup.ts"],
          setupFiles: ["./test/workerd/setup.ts"],
          // The files share one clock, which some of them move by weeks.
          fileParallelism: false,
        },
      },
    ],
  },
});
