import { type Context, Hono } from "hono";
import { z } from "zod";
import type { Cloud } from "../cloud.ts";
import type { Secret, SecretSet } from "../entities.ts";
import { flag, param, readBody, wholeNumber } from "../http.ts";

const oneSchema = z.looseObject({ value: z.string() });
const manySchema = z.looseObject({ values: z.record(z.string(), z.string().nullable()) });

/** `/v1/apps/{app}/secrets`. A value leaves the server only for who asks with `show_secrets`. */
export function secretRoutes(cloud: Cloud): Hono {
  const routes = new Hono();
  const path = "/apps/:app/secrets";
  const appOf = (c: Context) => cloud.app(param(c, "app"));

  routes.get(path, (c) => {
    const set = cloud.secrets.of(appOf(c), wholeNumber(c, "min_version"));
    return c.json({ secrets: listView(set, flag(c, "show_secrets")) });
  });

  routes.post(path, async (c) => {
    const body = await readBody(c, manySchema);
    const set = cloud.secrets.change(appOf(c), body.values);
    return c.json({ secrets: listView(set, false), ...versionView(set) });
  });

  routes.get(`${path}/:name`, (c) => {
    const name = param(c, "name");
    const secret = cloud.secrets.find(appOf(c), name, wholeNumber(c, "min_version"));
    return c.json(secretView(name, secret, flag(c, "show_secrets")));
  });

  routes.post(`${path}/:name`, async (c) => {
    const body = await readBody(c, oneSchema);
    const name = param(c, "name");
    const app = appOf(c);
    const set = cloud.secrets.change(app, { [name]: body.value });
    const secret = cloud.secrets.find(app, name, undefined);
    return c.json({ ...secretView(name, secret, false), ...versionView(set) }, 201);
  });

  routes.delete(`${path}/:name`, (c) =>
    c.json(versionView(cloud.secrets.remove(appOf(c), param(c, "name")))),
  );

  return routes;
}

/** Answers carry the version under both spellings (openapi.json: `Version` and `version`). */
function versionView(set: SecretSet): { version: number; Version: number } {
  return { version: set.version, Version: set.version };
}

function listView(set: SecretSet, withValues: boolean): Record<string, unknown>[] {
  return Object.entries(set.secrets).map(([name, secret]) => secretView(name, secret, withValues));
}

function secretView(name: string, secret: Secret, withValue: boolean): Record<string, unknown> {
  return {
    name,
    digest: secret.digest,
    created_at: new Date(secret.createdAt).toISOString(),
    updated_at: new Date(secret.updatedAt).toISOString(),
    ...(withValue ? { value: secret.value } : {}),
  };
}
