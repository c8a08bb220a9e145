import { Hono } from "hono";
import type { Cloud } from "../cloud.ts";
import type { LogEntry } from "../entities.ts";
import { badRequest } from "../errors.ts";
import { param } from "../http.ts";

/** Lines a call answers (facts/fly.md section 5: the last 100 by default). */
const PAGE_LINES = 100;

/**
 * `GET /api/v1/apps/{app}/logs`, which in production lives on api.fly.io: unofficial, but flyctl depends on it. Without
 * a token the newest lines; with one the lines after it, and the token stays the same while there are none.
 */
export function logRoutes(cloud: Cloud): Hono {
  const routes = new Hono();

  routes.get("/apps/:app/logs", (c) => {
    const app = cloud.app(param(c, "app"));
    const token = emptyAsAbsent(c.req.query("next_token"));
    if (token !== undefined && !/^\d{1,19}$/.test(token)) throw badRequest(`invalid next_token: ${token}`);
    const instance = emptyAsAbsent(c.req.query("instance"));
    const region = emptyAsAbsent(c.req.query("region"));
    const lines = cloud.logs.read(app.name, {
      limit: PAGE_LINES,
      ...(token === undefined ? {} : { after: token }),
      ...(instance === undefined ? {} : { instance }),
      ...(region === undefined ? {} : { region }),
    });
    const nextToken = lines.at(-1)?.ns ?? token ?? "";
    return c.json({ data: lines.map(lineView), meta: { next_token: nextToken } });
  });

  return routes;
}

function emptyAsAbsent(value: string | undefined): string | undefined {
  return value === "" ? undefined : value;
}

function lineView(line: LogEntry): Record<string, unknown> {
  const ms = Number(line.ns.slice(0, -6));
  const fraction = line.ns.slice(-9);
  return {
    id: line.ns,
    type: "log",
    attributes: {
      timestamp: `${new Date(ms).toISOString().slice(0, 19)}.${fraction}Z`,
      message: line.message,
      level: line.level,
      instance: line.instance,
      region: line.region,
      meta: { instance: line.instance, region: line.region, event: { provider: line.provider } },
    },
  };
}
