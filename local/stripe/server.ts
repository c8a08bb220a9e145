import { Hono } from "hono";
import type { Listener } from "../process/listen.ts";
import { listen } from "../process/listen.ts";
import { Api, type App } from "./api.ts";
import { catchUp } from "./billing/life.ts";
import type { Catalog } from "./catalog.ts";
import { stock } from "./catalog.ts";
import { mountControls } from "./controls.ts";
import { Faults } from "./faults.ts";
import { mountPages } from "./pages/mount.ts";
import { Store } from "./store.ts";
import { Webhooks } from "./webhooks.ts";
import { World } from "./world.ts";

/**
 * Stands in for Stripe: the API a subscription business needs, the pages its customers see, test clocks, and webhooks with
 * real signatures that can be made to come late, twice, backwards or not at all. Written from Stripe's documentation and
 * the SDK's types; `test/conformance/stripe` holds it to both, and to Stripe's own command line.
 */
export type StripeOptions = {
  /** What it knows, a JSON line for each change; null: only in memory. */
  file: string | null;
  port: number;
  /** Epoch ms of the account's clock. Test clocks have their own time. */
  now: () => number;
  /** What callers show. */
  apiKey: string;
  webhook: { url: string; secret: string } | null;
  catalog: Catalog;
  /** Makes ids repeat from run to run. */
  seed?: string;
  /** How often it looks whether something has become due, without being called; 0: never. */
  pollMs?: number;
};

export type Stripe = Listener & {
  /** Does what has become due on the account's clock, and answers once nothing is left to send. */
  tick(): Promise<void>;
};

const POLL_MS = 1_000;

export async function startStripe(options: StripeOptions): Promise<Stripe> {
  const world = new World({ store: new Store(options.file), now: options.now, seed: options.seed });
  const webhooks = new Webhooks(world);
  const faults = new Faults();
  const api = new Api({ world, webhooks, faults, apiKey: options.apiKey });
  world.store.transaction(() => stock(world, options.catalog));
  if (options.webhook !== null)
    webhooks.configure({ mode: "in_order", endpoints: [{ ...options.webhook, events: ["*"] }] });

  const app: App = new Hono();
  mountControls(app, { world, webhooks, faults, api });
  mountPages(app, { world, webhooks });
  api.mount(app);

  const tick = async (): Promise<void> => {
    catchUp(world, null, world.now(null));
    await webhooks.settle();
  };
  const listener = await listen(app.fetch, options.port);
  world.url = listener.url;
  const pollMs = options.pollMs ?? POLL_MS;
  const poll = pollMs === 0 ? null : setInterval(() => void tick(), pollMs);
  poll?.unref();

  return {
    ...listener,
    tick,
    async close() {
      if (poll !== null) clearInterval(poll);
      await webhooks.close();
      await listener.close();
    },
  };
}
