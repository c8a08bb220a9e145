import { Hono } from "hono";
import { describeRegions } from "../regions.ts";

/** `/v1/platform`: where machines can be. */
export function platformRoutes(): Hono {
  const routes = new Hono();
  routes.get("/platform/regions", (c) => c.json(describeRegions()));
  return routes;
}
