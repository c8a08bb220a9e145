import { type Context, Hono } from "hono";
import type { Cloud } from "../cloud.ts";
import { badRequest, notFound } from "../errors.ts";
import { flag, param, wholeNumber } from "../http.ts";
import { orgMachineView } from "../machine-view.ts";
import { orgVolumeView } from "../volume-view.ts";

const PAGE_MAX = 1_000;

type Item = { id: string; updatedAt: number; region: string; state: string };

/** `/v1/orgs/{org}/machines` and `/volumes`: everything that changed since an instant, oldest change first. */
export function orgRoutes(cloud: Cloud): Hono {
  const routes = new Hono();

  routes.get("/orgs/:org/machines", (c) => {
    requireOrg(cloud, param(c, "org"));
    const { items, next } = page(c, cloud.machines.all());
    const last = items.at(-1);
    return c.json({
      machines: items.map(orgMachineView),
      next_cursor: next,
      last_updated_at: last === undefined ? "" : new Date(last.updatedAt).toISOString(),
      last_machine_id: last?.id ?? "",
      error_regions: [],
    });
  });

  routes.get("/orgs/:org/volumes", (c) => {
    requireOrg(cloud, param(c, "org"));
    const { items, next } = page(c, cloud.volumes.all());
    const last = items.at(-1);
    return c.json({
      volumes: items.map((volume) => orgVolumeView(volume, cloud.machines.holderOf(volume.id))),
      next_cursor: next,
      last_updated_at: last === undefined ? "" : new Date(last.updatedAt).toISOString(),
      last_volume_id: last?.id ?? "",
    });
  });

  return routes;
}

function requireOrg(cloud: Cloud, slug: string): void {
  if (slug !== cloud.org) throw notFound("organization not found");
}

/** One page in the order (updated, id), which is also what the opaque cursor names. */
function page<T extends Item>(c: Context, all: readonly T[]): { items: T[]; next: string } {
  const limit = Math.min(PAGE_MAX, Math.max(1, wholeNumber(c, "limit") ?? PAGE_MAX));
  const since = instantOf(c.req.query("updated_after"));
  const after = cursorOf(c.req.query("cursor"));
  const region = c.req.query("region");
  const states = c.req.query("state")?.split(",");
  const withDeleted = flag(c, "include_deleted") || states?.includes("destroyed") === true;
  const wanted = all
    .filter((item) => item.updatedAt > since && (withDeleted || item.state !== "destroyed"))
    .filter((item) => region === undefined || item.region === region)
    .filter((item) => states === undefined || states.includes(item.state))
    .filter((item) => after === null || compare(item, after) > 0)
    .sort(compare);
  const items = wanted.slice(0, limit);
  const last = items.at(-1);
  const isMore = wanted.length > items.length && last !== undefined;
  return { items, next: isMore ? Buffer.from(`${last.updatedAt}:${last.id}`).toString("base64url") : "" };
}

type Place = Pick<Item, "id" | "updatedAt">;

function compare(one: Place, other: Place): number {
  return one.updatedAt - other.updatedAt || (one.id < other.id ? -1 : one.id > other.id ? 1 : 0);
}

function instantOf(value: string | undefined): number {
  if (value === undefined || value === "") return -1;
  const at = Date.parse(value);
  if (Number.isNaN(at)) throw badRequest(`invalid updated_after: ${value}`);
  return at;
}

function cursorOf(value: string | undefined): Place | null {
  if (value === undefined || value === "") return null;
  const [at = "", id = ""] = Buffer.from(value, "base64url").toString().split(":");
  if (!/^\d+$/.test(at) || id === "") throw badRequest(`invalid cursor: ${value}`);
  return { updatedAt: Number(at), id };
}
