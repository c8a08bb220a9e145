import type { D1Migration } from "@cloudflare/vitest-plugin";
import type { Env as WorkerEnv } from "../../worker/env.ts";

declare global {
  namespace Cloudflare {
    // oxlint-disable-next-line typescript/consistent-type-definitions -- Only an interface can be merged into theirs.
    interface Env extends WorkerEnv {
      MIGRATIONS: D1Migration[];
    }
    // oxlint-disable-next-line typescript/consistent-type-definitions -- Only an interface can be merged into theirs.
    interface GlobalProps {
      mainModule: typeof import("../../worker/index.ts");
    }
  }
}
