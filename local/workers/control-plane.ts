import path from "node:path";
import { Log, LogLevel, Miniflare } from "miniflare";
import type { WorkerOptions } from "miniflare";
import { REQUESTS_PER_MINUTE } from "../../worker/http/rate-limit.ts";
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
  /** What one caller may ask; as in `wrangler.toml` unless a benchmark needs more. */
  requestsPerMinute?: number;
  /** Serves `{offsetMs}`; no CLOCK binding when absent. */
  clockUrl?: string;
  /** Takes the Workers' log lines; without it they go to this process's own output. */
  onLog?: (line: string) => void;
};

const COMPATIBILITY_DATE = "2026-08-01";
const API = "launchpad";
const DATABASE = "launchpad";

export type ControlPlane = {
  url: URL;
  /** Runs the Worker's cron handler, which a local runtime never fires by itself. */
  sweep(): Promise<void>;
  d1(): ReturnType<Miniflare["getD1Database"]>;
  close(): Promise<void>;
};

export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { onLog } = options;
  const miniflare = new Miniflare({
    host: "127.0.0.1",
    port: options.port,
    log: new Log(LogLevel.WARN),
    cf: false,
    ...(onLog === undefined ? {} : { handleStructuredLogs: ({ message }) => onLog(message) }),
    ...(options.persist === undefined ? {} : { resourcePersistencePath: options.persist }),
    // The first is asked for whatever no other claims.
    workers: options.dashboard === undefined ? [api(options)] : [dashboard(options.dashboard), api(options)],
  });
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

function api({
  worker,
  vars,
  clockUrl,
  requestsPerMinute,
  dashboard: besides,
}: ControlPlaneOptions): WorkerOptions {
  const texts = Object.entries(vars).map(([name, value]) => [name, { type: "text", value }] as const);
  return {
    config: {
      name: API,
      compatibilityDate: COMPATIBILITY_DATE,
      compatibilityFlags: ["nodejs_compat"],
      manifest: manifest(worker),
      env: {
        ...Object.fromEntries(texts),
        DB: { type: "d1", id: DATABASE },
        DEPLOYMENT: { type: "durable-object", worker: API, exportName: "Deployment" },
        RATE_LIMITER: { type: "durable-object", worker: API, exportName: "RateLimiter" },
        FLEET_WATCHER: { type: "durable-object", worker: API, exportName: "FleetWatcher" },
        AUDIT_SEALER: { type: "durable-object", worker: API, exportName: "AuditSealer" },
        BILLING_ACCOUNT: { type: "durable-object", worker: API, exportName: "BillingAccount" },
        EMAIL: { type: "send-email" },
        ARCHIVE: { type: "r2", name: "launchpad-archive" },
        API_LIMIT: {
          type: "rate-limit",
          namespace: "1001",
          simple: { limit: requestsPerMinute ?? REQUESTS_PER_MINUTE, period: 60 },
        },
        ...(clockUrl === undefined
          ? {}
          : { CLOCK: { type: "external", address: new URL(clockUrl).host, http: {} } }),
      },
      exports: {
        Deployment: { type: "durable-object", storage: "sqlite" },
        RateLimiter: { type: "durable-object", storage: "sqlite" },
        FleetWatcher: { type: "durable-object", storage: "sqlite" },
        AuditSealer: { type: "durable-object", storage: "sqlite" },
        BillingAccount: { type: "durable-object", storage: "sqlite" },
      },
      // Deployments' own hosts go straight to the API.
      ...(besides === undefined ? {} : { triggers: [{ type: "fetch", pattern: "*.localhost/*" }] }),
    },
  };
}

const dashboard = ({
  functionScript,
  assets,
}: NonNullable<ControlPlaneOptions["dashboard"]>): WorkerOptions => ({
  config: {
    name: "dashboard",
    compatibilityDate: COMPATIBILITY_DATE,
    manifest: manifest(functionScript),
    env: { API: { type: "worker", worker: API }, ASSETS: { type: "assets" } },
    // As Pages routes: what `functions/` serves is asked first, a page that doesn't exist is the application's.
    assets: {
      directory: assets,
      hasUserWorker: true,
      notFoundHandling: "single-page-application",
      runWorkerFirst: ["/api/*"],
    },
  },
});

const manifest = (contents: string) => ({
  mainModule: "main.js",
  modulesRoot: "/",
  modules: { "main.js": { type: "esm" as const, contents } },
});
