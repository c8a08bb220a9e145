import type { HttpBindings } from "@hono/node-server";
import type { Context, Hono } from "hono";
import { catchUp } from "./billing/life.ts";
import { StripeError, unauthenticated, invalid } from "./errors.ts";
import { expand } from "./expand.ts";
import type { Fault, Faults } from "./faults.ts";
import { brokenDown, refuse } from "./faults.ts";
import { decodeForm } from "./form.ts";
import type { Form } from "./form.ts";
import { fingerprintOf, recall } from "./idempotency.ts";
import type { Route } from "./route.ts";
import { catalogRoutes } from "./routes/catalog.ts";
import { checkoutRoutes } from "./routes/checkout.ts";
import { customerRoutes } from "./routes/customers.ts";
import { eventRoutes } from "./routes/events.ts";
import { invoiceRoutes } from "./routes/invoices.ts";
import { meterRoutes } from "./routes/meters.ts";
import { methodRoutes } from "./routes/methods.ts";
import { paymentRoutes } from "./routes/payments.ts";
import { portalRoutes } from "./routes/portal.ts";
import { scheduleRoutes } from "./routes/schedules.ts";
import { subscriptionRoutes } from "./routes/subscriptions.ts";
import type { Webhooks } from "./webhooks.ts";
import type { World } from "./world.ts";

export type App = Hono<{ Bindings: HttpBindings }>;
type C = Context<{ Bindings: HttpBindings }>;

/** One call as it came, for tests that hold a client to what it sends. */
export type Seen = { method: string; path: string; version: string | null; idempotencyKey: string | null };

const ROUTES: readonly Route[] = [
  ...catalogRoutes,
  ...checkoutRoutes,
  ...customerRoutes,
  ...eventRoutes,
  ...invoiceRoutes,
  ...meterRoutes,
  ...methodRoutes,
  ...paymentRoutes,
  ...portalRoutes,
  ...scheduleRoutes,
  ...subscriptionRoutes,
];
const SEEN_MAX = 10_000;
/** Refused before anything ran, so the key is free for another try. */
const FORGOTTEN = [400, 401, 404, 409, 429];

export class Api {
  readonly seen: Seen[] = [];
  readonly #world: World;
  readonly #webhooks: Webhooks;
  readonly #faults: Faults;
  readonly #apiKey: string;

  constructor(options: { world: World; webhooks: Webhooks; faults: Faults; apiKey: string }) {
    this.#world = options.world;
    this.#webhooks = options.webhooks;
    this.#faults = options.faults;
    this.#apiKey = options.apiKey;
  }

  mount(app: App): void {
    for (const route of ROUTES) app.on(route.method, route.path, (c) => this.#answer(c, route));
    app.all("/v1/*", (c) => {
      this.isCaller(c);
      throw new StripeError(
        404,
        "invalid_request_error",
        `Unrecognized request URL (${c.req.method}: ${c.req.path}): it is not built into the local Stripe.`,
      );
    });
    app.onError((error, c) => {
      if (!(error instanceof StripeError)) throw error;
      return c.json(error.body, error.status);
    });
  }

  /** Throws for whoever doesn't show the key. */
  isCaller(c: C): void {
    const header = c.req.header("authorization") ?? "";
    const basic = header.startsWith("Basic ") ? atob(header.slice(6)).split(":")[0] : undefined;
    if ((basic ?? header.replace(/^Bearer /, "")) !== this.#apiKey) throw unauthenticated();
  }

  async #answer(c: C, route: Route): Promise<Response> {
    const id = this.#world.id("req");
    c.header("request-id", id);
    this.isCaller(c);
    const { path, method } = c.req;
    const idempotencyKey = method === "POST" ? (c.req.header("idempotency-key") ?? null) : null;
    const version = c.req.header("stripe-version") ?? null;
    this.seen.push({ method, path, version, idempotencyKey });
    if (this.seen.length > SEEN_MAX) this.seen.shift();
    if (version !== null) c.header("stripe-version", version);
    if (idempotencyKey !== null) c.header("idempotency-key", idempotencyKey);
    const body = await c.req.text();
    const fault = this.#faults.strike(method, path);
    if (fault === "lost_request") return breakOff(c);
    refuse(fault);
    // What deletes is asked either way: the SDK puts it into the address.
    const text = [new URL(c.req.url).search.slice(1), body].filter((part) => part !== "").join("&");
    const { status, answer, original } = this.#run(route, c, { id, path, text, idempotencyKey });
    if (original !== null) {
      c.header("idempotent-replayed", "true");
      c.header("original-request", original);
    }
    // Sent on their own: who is told may well ask back before this call is answered.
    void this.#webhooks.settle();
    return this.#lose(c, fault) ?? c.body(answer, status as 200, { "content-type": "application/json" });
  }

  #run(
    route: Route,
    c: C,
    call: { id: string; path: string; text: string; idempotencyKey: string | null },
  ): { status: number; answer: string; original: string | null } {
    const w = this.#world;
    catchUp(w, null, w.now(null));
    const { id, path, text, idempotencyKey: key } = call;
    const fingerprint = fingerprintOf(path, text);
    const earlier = key === null ? null : recall(w, key, fingerprint);
    if (earlier !== null) return { status: earlier.status, answer: earlier.body, original: earlier.request };
    const remember = (status: number, answer: string): void => {
      if (key === null || FORGOTTEN.includes(status)) return;
      w.store.put("remembered", { id: key, request: id, fingerprint, at: w.nowMs(), status, body: answer });
    };
    w.request = { id, idempotency_key: key };
    try {
      return w.store.transaction(() => {
        const { status, answer } = outcomeOf(() => perform(w, route, c, decodeForm(text)));
        remember(status, answer);
        return { status, answer, original: null };
      });
    } catch (error) {
      // Undone; that it was refused is remembered all the same.
      if (!(error instanceof StripeError)) throw error;
      const answer = JSON.stringify(error.body, null, 2);
      w.store.transaction(() => remember(error.status, answer));
      return { status: error.status, answer, original: null };
    } finally {
      w.request = null;
    }
  }

  #lose(c: C, fault: Fault | null): Response | null {
    if (fault === "server_error_after") throw brokenDown();
    return fault === "lost_answer" ? breakOff(c) : null;
  }
}

/** A refusal that keeps what was done is an answer like any other. */
function outcomeOf(work: () => object): { status: number; answer: string } {
  try {
    return { status: 200, answer: JSON.stringify(work(), null, 2) };
  } catch (error) {
    if (!(error instanceof StripeError) || !error.keepsWork) throw error;
    return { status: error.status, answer: JSON.stringify(error.body, null, 2) };
  }
}

function perform(w: World, route: Route, c: C, form: Form): object {
  const { expand: paths = [], ...params } = form;
  if (!Array.isArray(paths) || paths.some((path) => typeof path !== "string"))
    throw invalid("Invalid array", { param: "expand" });
  return expand(w, route.run(w, params, c.req.param("id") ?? ""), paths as string[]); // Checked above.
}

/** The answer never arrives; Hono wants one. */
function breakOff(c: C): Response {
  c.env.incoming.socket.destroy();
  return c.body(null);
}
