import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { startClock } from "./clock/server.ts";
import { startMail } from "./mail/server.ts";
import { RUNTIME_IDS } from "../worker/domain/runtimes/descriptor.ts";
import { MODEL_ID, startModel } from "./model/server.ts";
import type { Options } from "./options.ts";
import type { Child } from "./process/child.ts";
import { startChild } from "./process/child.ts";
import type { StateDir } from "./state-dir.ts";
import type { Stripe } from "./stripe/server.ts";
import { startStripe } from "./stripe/server.ts";
import { CATALOG, LOCAL_STRIPE_KEY, stripeVars } from "./shop.ts";
import { startVendors, vendorVars } from "./vendors/server.ts";
import { bundleWorker } from "./workers/bundle.ts";
import { buildDashboard } from "./workers/dashboard-build.ts";
import type { WorkersSettings } from "./workers/main.ts";

/**
 * Everything `npm start` runs: the stand-ins for mail, vendors, time and a model in this process, the local Fly and the Workers
 * as children of their own. What each is told about the others is here and nowhere else.
 */
export type LocalCloud = {
  addresses: {
    api: string;
    dashboard: string;
    mail: string;
    fly: string;
    flyApps: string;
    /** Switches for the local Fly's bad days; null unless asked for. */
    flyAdmin: string | null;
    clock: string;
    model: string;
    /** Stripe's API, and the pages on which it is paid. */
    stripe: string;
  };
  flyToken: string;
  /** Enrols the operator. */
  operatorToken: string;
  flyOrg: string;
  stop(): Promise<void>;
};

export type CloudEvents = {
  /** Progress, for a person. */
  say(text: string): void;
  /** A child wrote something. */
  onLine(name: string, line: string): void;
  onGivenUp(reason: string): void;
};

const ROOT = path.resolve(import.meta.dirname, "..");
const ORG = "launchpad-local";
/** What this computer's resources carry in their names, as production's and staging's do. */
const CONTROL_PLANE_ID = "lcl";

export async function startLocalCloud(
  options: Options,
  state: StateDir,
  events: CloudEvents,
): Promise<LocalCloud> {
  const { ports, flyToken, operatorToken, kek, doorKeys, stripeWebhookSecret } = state.settings;
  const started: { stop(): Promise<void> }[] = [];
  const stop = async (): Promise<void> => {
    for (const part of started.toReversed()) await part.stop();
  };
  try {
    const build = await buildDashboard(() => events.say("Building the dashboard …"));
    const workerFile = state.file("worker.js");
    await writeFile(workerFile, await worker());

    const workers: { child: Child | null } = { child: null };
    const stripe: { server: Stripe | null } = { server: null };
    const mail = await anyPort(ports.mail, (port) => startMail({ file: state.file("mail.jsonl"), port }));
    started.push({ stop: mail.close });
    const clock = await anyPort(ports.clock, (port) =>
      startClock({
        file: state.file("clock.json"),
        port,
        onAdvance: async () => {
          await stripe.server?.tick();
          await workers.child?.ask("sweep");
        },
      }),
    );
    started.push({ stop: clock.close });
    const model = await anyPort(ports.model, (port) => startModel({ port }));
    started.push({ stop: model.close });
    const vendors = await anyPort(ports.vendors, (port) => startVendors({ port }));
    started.push({ stop: vendors.close });
    const shop = await anyPort(ports.stripe, (port) =>
      startStripe({
        file: state.file("stripe.jsonl"),
        port,
        now: clock.now,
        apiKey: LOCAL_STRIPE_KEY,
        webhook: {
          url: `http://127.0.0.1:${options.port}/api/billing/webhook`,
          secret: stripeWebhookSecret,
        },
        catalog: CATALOG,
      }),
    );
    stripe.server = shop;
    started.push({ stop: shop.close });

    await mkdir(state.file("fly"), { recursive: true });
    const fly = await anyPort(ports.fly, (flyPort) =>
      startChild({
        name: "The local Fly",
        program: path.join(ROOT, "local/fly/main.ts"),
        args: [
          "--state-dir",
          state.file("fly"),
          "--backend",
          options.backend,
          "--org",
          ORG,
          "--port",
          String(flyPort),
          "--apps-port",
          String(flyPort === 0 ? 0 : ports.flyApps),
          // What machines with a network of their own reach of this computer: what stands in for the Internet.
          "--host-ports",
          [portOf(model.url), ...extraPorts()].join(","),
          ...(options.faults ? ["--admin-port", "0"] : []),
        ],
        env: { FLY_API_TOKEN: flyToken },
        onLine: (line) => events.onLine("fly", line),
        onGivenUp: events.onGivenUp,
      }),
    );
    started.push(fly);
    const flyUrl = fly.listening["fly"] ?? "";
    const flyApps = fly.listening["flyApps"] ?? "";
    await state.remember({
      flyToken,
      operatorToken,
      kek,
      doorKeys,
      stripeWebhookSecret,
      ports: {
        mail: mail.port,
        clock: clock.port,
        model: portOf(model.url),
        fly: portOf(flyUrl),
        flyApps: portOf(flyApps),
        vendors: vendors.port,
        stripe: shop.port,
      },
    });

    const dashboard = `http://localhost:${options.port}`;
    const settings: WorkersSettings = {
      port: options.port,
      persist: state.file("workers"),
      worker: workerFile,
      functionScript: build.functionScript,
      assets: build.assets,
      clockUrl: clock.url,
      vars: {
        ENVIRONMENT: "local",
        APP_ORIGIN: dashboard,
        APPS_DOMAIN: `localhost:${options.port}`,
        FLY_API_BASE: flyUrl,
        FLY_API_TOKEN: flyToken,
        FLY_ORG: ORG,
        FLY_LOGS_BASE: flyUrl,
        FLY_APPS_BASE: flyApps,
        IMAGE_BASE: "launchpad",
        RUNTIME_DEFAULTS: JSON.stringify(
          Object.fromEntries(RUNTIME_IDS.map((id) => [id, localModel(model.url)])),
        ),
        CONTROL_PLANE_ID,
        OPERATOR_TOKEN: operatorToken,
        KEK_ACTIVE: "local",
        KEK_local: kek,
        DOOR_SIGNING_KEYS: doorKeys,
        ...vendorVars(vendors.url),
        ...stripeVars(shop.url, stripeWebhookSecret),
        EXTRA_VERSIONS: process.env["LAUNCHPAD_EXTRA_VERSIONS"] ?? "{}",
        MAIL_API_BASE: mail.url,
        MAIL_API_KEY: "local",
        MAIL_FROM: "Launchpad <hello@launchpad.test>",
      },
    };
    workers.child = await startChild({
      name: "The control plane",
      program: path.join(ROOT, "local/workers/main.ts"),
      args: [],
      env: { LAUNCHPAD_WORKERS: JSON.stringify(settings), CLOUDFLARE_CF_FETCH_ENABLED: "false" },
      onLine: (line) => events.onLine("workers", line),
      onGivenUp: events.onGivenUp,
    });
    started.push(workers.child);
    const cron = startCron(workers.child);
    started.push({ stop: async () => clearInterval(cron) });

    return {
      addresses: {
        api: `http://127.0.0.1:${options.port}/api`,
        dashboard,
        mail: mail.url,
        fly: flyUrl,
        flyApps,
        flyAdmin: fly.listening["flyAdmin"] ?? null,
        clock: clock.url,
        model: model.url,
        stripe: shop.url,
      },
      flyToken,
      operatorToken,
      flyOrg: ORG,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The Worker of this checkout; a test may name one that it built itself. */
async function worker(): Promise<string> {
  const { LAUNCHPAD_WORKER } = process.env;
  return LAUNCHPAD_WORKER === undefined
    ? bundleWorker(path.join(ROOT, "worker/index.ts"))
    : readFile(LAUNCHPAD_WORKER, "utf8");
}

/** More of them, for tests that bring a server of their own. */
const extraPorts = (): string[] => (process.env["LAUNCHPAD_MACHINES_REACH"] ?? "").split(",").filter(Boolean);

/** As in `wrangler.toml`; the local runtime never fires cron by itself. */
const CRON_MS = 5 * 60_000;

const startCron = (workers: Child): NodeJS.Timeout =>
  setInterval(() => {
    workers.ask("sweep").catch(() => undefined); // It is being restarted: the next one will do.
  }, CRON_MS);

/** The port of last time, or any when somebody else has taken it. */
async function anyPort<T>(last: number, start: (port: number) => Promise<T>): Promise<T> {
  if (last === 0) return start(0);
  return start(last).catch((error: unknown) => {
    if (error instanceof Error && /in use/.test(error.message)) return start(0);
    throw error;
  });
}

const portOf = (url: string): number => Number(new URL(url).port);

/**
 * A model that needs no account, beneath whatever a deployment's own configuration says. `url` is its base, `/v1`
 * included. The two old runtimes want a key for every provider, and every detail of a model.
 */
function localModel(url: string): object {
  const model = {
    id: MODEL_ID,
    name: "Launchpad's echo",
    reasoning: false,
    input: ["text"],
    cost: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 },
    contextWindow: 128_000,
    maxTokens: 4_096,
  };
  const provider = {
    baseUrl: url,
    api: "openai-completions",
    apiKey: "${LAUNCHPAD_NO_KEY}",
    models: [model],
  };
  return {
    models: { mode: "merge", providers: { local: provider } },
    agents: { defaults: { model: { primary: `local/${MODEL_ID}` } } },
  };
}
