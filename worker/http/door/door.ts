import { Hono } from "hono";
import type { Context } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import { newId } from "../../domain/ids.ts";
import { isSlug } from "../../domain/slug.ts";
import { ERRORS } from "../../domain/errors.ts";
import type { Config } from "../../env.ts";
import { deploymentOrigin } from "../../env.ts";
import { describeError } from "../../platform/logger.ts";
import { systemRandom } from "../../platform/random.ts";
import { fail } from "../../platform/result.ts";
import type { Admission, Refusal } from "../../usecases/open-door.ts";
import { admit, redeemDoorTicket, TICKET_PATH } from "../../usecases/open-door.ts";
import type { HttpEnv } from "../http-env.ts";
import { openClock, systemClock } from "../../platform/clock.ts";
import { originOf } from "../request-origin.ts";
import { buildDeps } from "../middleware/deps.ts";
import type { Assert } from "./assertion.ts";
import { assertions } from "./assertion.ts";
import { machineHeaders } from "./door-headers.ts";
import { doorPage } from "./door-page.ts";
import { DoorSocket } from "./door-socket.ts";

/**
 * The door: `<slug>.<APPS_DOMAIN>` leads its owner, and nobody else, to the assistant's own page. The machine behind it
 * believes what we sign, so every single request is authenticated here. Other tenants'
 * hosts are same-site with this one: whatever can change something must come from exactly this origin.
 */
type DoorEnv = HttpEnv & { Variables: { slug: string; assert: Assert } };

const COOKIE = "door";
const SAFE_METHODS = new Set(["GET", "HEAD"]);
/** Query parameters that make a Control UI connect elsewhere or carry a token (CVE-2026-25253). */
const NEVER_PASSED = new Set(["gatewayurl", "token", "password"]);

/** The slug a host names, or null for every host that isn't a deployment's. */
export function slugOf(host: string, { APPS_DOMAIN }: Config): string | null {
  const suffix = `.${APPS_DOMAIN}`;
  return host.endsWith(suffix) ? host.slice(0, -suffix.length) : null;
}

export function createDoor(config: Config): Hono<DoorEnv> {
  const door = new Hono<DoorEnv>();
  const assert = assertions(config.DOOR_SIGNING_KEYS, systemClock.now);

  door.use(async (c, next) => {
    const clock = await openClock(c.env.CLOCK);
    const requestId = newId("request", clock.now(), systemRandom);
    const origin = originOf(c, requestId);
    c.set("deps", await buildDeps(c.env, config, origin, (work) => c.executionCtx.waitUntil(work)));
    c.set("requestId", requestId);
    const slug = slugOf(new URL(c.req.url).host, config);
    if (slug === null || !isSlug(slug))
      return refuse(c, fail("deployment.not_found", "There is no assistant at this address."));
    c.set("slug", slug);
    c.set("assert", assert);
    return next();
  });

  door.get(TICKET_PATH, async (c) => {
    const redeemed = await redeemDoorTicket(c.get("deps"), c.get("slug"), c.req.query("ticket") ?? "");
    c.header("cache-control", "no-store");
    c.header("referrer-policy", "no-referrer");
    if (!redeemed.ok) return refuse(c, redeemed);
    const { token, expiresAt } = redeemed.value;
    const maxAge = Math.floor((expiresAt - c.get("deps").clock.now()) / 1000);
    setCookie(c, COOKIE, token, {
      prefix: "host",
      path: "/",
      secure: true,
      httpOnly: true,
      sameSite: "Lax",
      maxAge,
    });
    return c.redirect("/", 302);
  });

  door.all("*", async (c) => {
    const isSocket = c.req.header("upgrade")?.toLowerCase() === "websocket";
    const origin = c.req.header("origin");
    const mustComeFromHere = isSocket || !SAFE_METHODS.has(c.req.method) || origin !== undefined;
    if (mustComeFromHere && origin !== deploymentOrigin(config, c.get("slug")))
      return refuse(
        c,
        fail("auth.origin_refused", "This request did not come from the assistant's own page."),
      );
    const token = getCookie(c, COOKIE, "host") ?? null;
    const admission = await admit(c.get("deps"), c.get("slug"), token);
    if (!admission.ok) return refuse(c, admission);
    const cleaned = withoutTricks(c.req.url);
    if (cleaned !== null) return c.redirect(cleaned, 302);
    return isSocket ? socket(c, admission.value, token) : forward(c, admission.value);
  });

  door.onError((error, c) => {
    c.get("deps").logger.error("door.failed", { requestId: c.get("requestId"), error: describeError(error) });
    return refuse(c, fail("internal.error", "Something went wrong on our side."));
  });
  return door;
}

async function forward(c: Context<DoorEnv>, admission: Admission): Promise<Response> {
  try {
    const { request, url } = await upstream(c, admission);
    const response = await fetch(url, {
      method: c.req.method,
      headers: request,
      body: SAFE_METHODS.has(c.req.method) ? null : c.req.raw.body,
      redirect: "manual",
    });
    return new Response(response.body, response);
  } catch (error) {
    return unreachable(c, error);
  }
}

async function socket(c: Context<DoorEnv>, admission: Admission, token: string | null): Promise<Response> {
  const deps = c.get("deps");
  const slug = c.get("slug");
  const openControl = async ({ deploymentId, sessionId }: Admission): Promise<WebSocket | null> => {
    const answer = await deps.deployments
      .getByName(deploymentId)
      .fetch(`https://deployment/door?session=${sessionId}`, { headers: { upgrade: "websocket" } });
    answer.webSocket?.accept();
    return answer.webSocket;
  };
  try {
    // First the rope, then the climb: a connection nobody could cut must not exist.
    const control = await openControl(admission);
    if (control === null) return unreachable(c, "no control socket");
    const { request, url } = await upstream(c, admission);
    request.set("upgrade", "websocket");
    const answer = await fetch(url, { headers: request });
    if (answer.webSocket === null) {
      control.close(1000, "refused");
      return new Response(answer.body, answer);
    }
    const client = DoorSocket.join(
      { upstream: answer.webSocket, openControl, admit: () => admit(deps, slug, token), logger: deps.logger },
      control,
    );
    const protocol = answer.headers.get("sec-websocket-protocol");
    const headers = protocol === null ? {} : { "sec-websocket-protocol": protocol };
    return new Response(null, { status: 101, webSocket: client, headers });
  } catch (error) {
    return unreachable(c, error);
  }
}

async function upstream(
  c: Context<DoorEnv>,
  admission: Admission,
): Promise<{ request: Headers; url: string }> {
  const { FLY_APPS_BASE } = c.get("deps").config;
  const { pathname, search } = new URL(c.req.url);
  const request = machineHeaders(c.req.raw, admission, await c.get("assert")(admission));
  return { request, url: `${FLY_APPS_BASE.replace("{app}", admission.app)}${pathname}${search}` };
}

/** The same address without what must not reach the Control UI; null when it is clean. */
function withoutTricks(url: string): string | null {
  const cleaned = new URL(url);
  for (const name of new URL(url).searchParams.keys())
    if (NEVER_PASSED.has(name.toLowerCase())) cleaned.searchParams.delete(name);
  return cleaned.toString() === new URL(url).toString() ? null : `${cleaned.pathname}${cleaned.search}`;
}

function unreachable(c: Context<DoorEnv>, error: unknown): Response | Promise<Response> {
  c.get("deps").logger.error("door.unreachable", {
    requestId: c.get("requestId"),
    error: describeError(error),
  });
  return refuse(c, fail("service.unavailable", "The assistant does not answer right now."));
}

const TITLES: Partial<Record<Refusal["code"], string>> = {
  "auth.required": "Sign in first",
  "billing.payment_required": "This assistant is stopped",
};

/** A page for people, and nothing that tells a stranger whether an assistant lives here. */
function refuse(c: Context<DoorEnv>, failure: Refusal): Response | Promise<Response> {
  const { status } = ERRORS[failure.code];
  const { config } = c.get("deps");
  const isTemporary = failure.code === "deployment.door_closed" || failure.code === "service.unavailable";
  c.header("cache-control", "no-store");
  c.header("x-frame-options", "DENY");
  c.header("x-request-id", c.get("requestId"));
  return c.html(
    doorPage({
      title: isTemporary ? "One moment" : (TITLES[failure.code] ?? "This door is closed"),
      text: failure.detail,
      link:
        failure.mayPay === true
          ? { to: `${config.APP_ORIGIN}/account/billing`, words: "Go to billing" }
          : { to: config.APP_ORIGIN, words: "Go to your dashboard" },
      retry: isTemporary && c.req.method === "GET",
    }),
    isTemporary ? 503 : status,
  );
}
