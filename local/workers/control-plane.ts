import path from "node:path";
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from "miniflare";
import type { V4WorkerOptions } from "miniflare";
import { migrate } from "./migrate.ts";

/**
 * The control plane as it runs on a laptop, in tests and in benchmarks: the real Worker, its objects and D1 in one
 * workerd. Bindings are those of `wrangler.toml`; only variables and base addresses differ from production.
 */
export type ControlPlaneOptions = {
  /** The bundled Worker (`bundleWorker`). */
  worker: string;
  /** The dashboard: its bundled Pages Function and built assets; left out in benchmarks. */
  dashboard?: { functionScript: string; assets: string };
  /** 0 picks a free one. */
  port: number;
  /** Where D1 and the objects live; memory when absent. */
  persist?: string;
  vars: Readonly<Record<string, string>>;
  /** Serves `{offsetMs}`; no CLOCK binding when absent. */
  clockUrl?: string;
};

export const COMPATIBILITY_DATE = "2026-08-01";
const API = "launchpad";

export type ControlPlane = {
  url: URL;
  /** Runs the Worker's cron handler, which a local runtime never fires by itself. */
  sweep(): Promise<void>;
  d1(): ReturnType<Miniflare["getD1Database"]>;
  close(): Promise<void>;
};

export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const api: V4WorkerOptions = {
    name: API,
    modules: [{ type: "ESModule", path: "worker.js", contents: options.worker }],
    compatibilityDate: COMPATIBILITY_DATE,
    compatibilityFlags: ["nodejs_compat"],
    bindings: { ...options.vars },
    d1Databases: { DB: "launchpad" },
    durableObjects: {
      DEPLOYMENT: { className: "Deployment", useSQLite: true },
      RATE_LIMITER: { className: "RateLimiter", useSQLite: true },
    },
    ...(options.clockUrl === undefined
      ? {}
      : { serviceBindings: { CLOCK: { external: { address: new URL(options.clockUrl).host, http: {} } } } }),
    // Deployments' own hosts go straight to the API; so does everything when there is no dashboard.
    routes: options.dashboard === undefined ? ["*/*"] : ["*.localhost/*"],
  };
  const pages: V4WorkerOptions[] =
    options.dashboard === undefined
      ? []
      : [
          {
            name: "dashboard",
            modules: [{ type: "ESModule", path: "pages.js", contents: options.dashboard.functionScript }],
            compatibilityDate: COMPATIBILITY_DATE,
            serviceBindings: { API },
            assets: {
              directory: options.dashboard.assets,
              binding: "ASSETS",
              routerConfig: {
                has_user_worker: true,
                invoke_user_worker_ahead_of_assets: false,
                static_routing: { user_worker: ["/api/*"] },
              },
              assetConfig: { not_found_handling: "single-page-application" },
            },
          },
        ];
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      host: "127.0.0.1",
      port: options.port,
      log: new Log(LogLevel.WARN),
      cf: false,
      ...(options.persist === undefined ? {} : { resourcePersistencePath: options.persist }),
      workers: [...pages, api],
    }),
  );
  const url = await miniflare.ready;
  const d1 = await miniflare.getD1Database("DB", API);
  await migrate(d1, path.join(import.meta.dirname, "../../migrations"));
  return {
    url,
    sweep: async () => {
      const worker = await miniflare.getWorker(API);
      await worker.scheduled({ cron: "*/5 * * * *" });
    },
    d1: () => miniflare.getD1Database("DB", API),
    close: () => miniflare.dispose(),
  };
}
