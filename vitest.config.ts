import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

/** Bounds on what hangs, not claims about speed: some machines are slow. */
const TIMEOUTS = { testTimeout: 30_000, hookTimeout: 60_000 };

export default defineConfig({
  test: {
    // The Worker logs every pass; shown for a test that fails.
    silent: "passed-only",
    // An object that logs while its test file ends: the line is lost, nothing else.
    onUnhandledError: ({ message }) => !message.includes('Closing rpc while "onUserConsoleLog" was pending'),
    projects: [
      {
        test: {
          ...TIMEOUTS,
          name: "node",
          include: [
            "{worker,durable-objects,images,local,web}/**/*.test.ts",
            "test/{agent,confine,conformance,simulation,money,e2e}/**/*.test.ts",
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
          ...TIMEOUTS,
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
