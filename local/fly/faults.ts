import type { HttpBindings } from "@hono/node-server";
import type { Context, MiddlewareHandler } from "hono";
import { z } from "zod";
import type { Backend } from "./backends/backend.ts";
import type { Clock } from "./clock.ts";
import { aborted, failedPrecondition, FlyError, notFound, unprocessable } from "./errors.ts";
import { createWakeUp } from "./wake-up.ts";

/**
 * Bad days on demand: what befalls calls at Fly, one by one and by chance, and what befalls Fly as a whole. All off
 * until `admin.ts` is told otherwise, and that exists only where the server was started with an admin port. The same
 * faults as in `test/simulation`, here on real sockets.
 */
export const CALL_FAULTS = [
  /** The connection breaks before anything was done. */
  "lost request",
  /** It was done, and the connection breaks before the answer. */
  "lost answer",
  /** It was done, and the answer is a 500. */
  "server error",
  /** It was done, and the answer is a 408. */
  "timeout 408",
  /** A change is refused: somebody else holds the lease. */
  "conflict 409",
  /** A change is refused: the state isn't the one it needs. */
  "precondition 412",
  /** What was created a moment ago isn't found yet. */
  "not found",
  "rate limited",
  /** No room for a new machine or volume. */
  "no capacity",
  /** A list as it was some seconds ago. */
  "stale read",
] as const;
export type CallFault = (typeof CALL_FAULTS)[number];

export const switchesSchema = z.strictObject({
  /** How often a call that can suffer a fault does, 0 to 1. */
  chances: z.partialRecord(z.enum(CALL_FAULTS), z.number().min(0).max(1)).default({}),
  /** Nothing answers but with 503. */
  isDown: z.boolean().default(false),
  /** Regions with no room for anything new. */
  fullRegions: z.array(z.string()).default([]),
  /** How much longer a pull takes, ms. */
  slowImageMs: z.int().nonnegative().default(0),
});
export type Switches = z.infer<typeof switchesSchema>;

export type Faults = {
  /** Off again with `{}` parsed. */
  set(switches: Switches): void;
  /** Takes a host away: calls to this app get no answer for so long. */
  loseHost(app: string, forMs: number): void;
  report(): { switches: Switches; injected: Readonly<Record<string, number>> };
  /** Counts one that was brought about elsewhere. */
  count(fault: string): void;
  middleware: MiddlewareHandler<{ Bindings: HttpBindings }>;
  /** The same backend, with slow pulls while that is switched on. */
  slowed(backend: Backend): Backend;
};

/** Reads lag behind by this much at most; what is older than that shows. */
const LAG_MS = 10_000;
const MEMORY_MAX = 10_000;
const OFF = switchesSchema.parse({});

export function createFaults(clock: Clock): Faults {
  let switches = OFF;
  const injected = new Map<string, number>();
  const goneUntil = new Map<string, number>();
  /** Paths that a POST brought into being, by their last part, and lists as they were last answered. */
  const createdAt = new Map<string, number>();
  const lists = new Map<string, { at: number; body: string }>();
  const changed = createWakeUp();

  const count = (fault: string) => void injected.set(fault, (injected.get(fault) ?? 0) + 1);

  function strikes(fault: CallFault): boolean {
    const chance = switches.chances[fault] ?? 0;
    if (chance === 0 || Math.random() >= chance) return false;
    count(fault);
    return true;
  }

  const isYoung = (at: number | undefined): boolean => at !== undefined && clock.now() - at < LAG_MS;

  function refuseBefore({ req }: Context, breakOff: () => void): "broken" | undefined {
    const [, , , app = ""] = req.path.split("/");
    if (switches.isDown) {
      count("fly down");
      throw outage();
    }
    if (clock.now() < (goneUntil.get(app) ?? 0)) throw outage();
    if (strikes("lost request")) {
      breakOff();
      return "broken";
    }
    if (strikes("rate limited")) throw new FlyError(429, "rate limit exceeded");
    if (req.method === "GET") {
      const last = req.path.slice(req.path.lastIndexOf("/") + 1);
      if (isYoung(createdAt.get(last)) && strikes("not found")) throw notFound("not found");
    } else {
      if (strikes("conflict 409")) throw aborted("lease currently held by somebody else");
      if (strikes("precondition 412")) throw failedPrecondition("not in the state this needs");
    }
    return undefined;
  }

  async function refuseForRoom({ req }: Context): Promise<void> {
    const [, , , , kind = "", ...rest] = req.path.split("/");
    const isCreation = req.method === "POST" && rest.length === 0 && ["machines", "volumes"].includes(kind);
    if (!isCreation) return;
    const body: unknown = await req.json().catch(() => null);
    const region = z.looseObject({ region: z.string() }).safeParse(body).data?.region ?? "";
    const isFull = switches.fullRegions.includes(region);
    if (isFull) count("region full");
    if (isFull || strikes("no capacity"))
      throw unprocessable(`insufficient capacity in ${region}`, "insufficient_capacity");
  }

  /** Remembers what later faults are about. */
  async function remember({ req, res }: Context): Promise<void> {
    if (!res.ok || !(res.headers.get("content-type") ?? "").includes("json")) return;
    if (Math.max(createdAt.size, lists.size) > MEMORY_MAX) {
      createdAt.clear();
      lists.clear();
    }
    const body = await res.clone().text();
    if (req.method === "GET") return void lists.set(req.url, { at: clock.now(), body });
    const made = z.looseObject({ id: z.string() }).safeParse(JSON.parse(body));
    if (made.success) createdAt.set(made.data.id, clock.now());
  }

  return {
    set(next) {
      switches = next;
      changed.ring();
    },
    loseHost(app, forMs) {
      count("host gone");
      goneUntil.set(app, clock.now() + forMs);
    },
    report: () => ({ switches, injected: Object.fromEntries(injected) }),
    count,
    async middleware(c, next) {
      const breakOff = () => void c.env.incoming.socket.destroy();
      // The answer never arrives; Hono wants one.
      if (refuseBefore(c, breakOff) === "broken") return c.body(null, 503);
      await refuseForRoom(c);
      const past = lists.get(c.req.url);
      if (c.req.method === "GET" && past !== undefined && isYoung(past.at) && strikes("stale read"))
        return c.body(past.body, 200, { "content-type": "application/json" });
      await next();
      await remember(c);
      if (strikes("lost answer")) breakOff();
      else if (strikes("server error")) c.res = c.json({ error: "internal" }, 500);
      else if (strikes("timeout 408")) c.res = c.json({ error: "deadline_exceeded" }, 408);
      return undefined;
    },
    slowed: (backend) => ({
      ...backend,
      async prepare(image, onProgress) {
        if (switches.slowImageMs > 0) {
          count("slow image");
          onProgress(`Pulling ${image} slowly`);
          await changed.within(switches.slowImageMs);
        }
        await backend.prepare(image, onProgress);
      },
    }),
  };
}

const outage = (): FlyError => new FlyError(503, "unavailable: upstream is down");
