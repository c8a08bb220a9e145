import type { z } from "zod";
import type { Form } from "./form.ts";
import { listParams, parseParams } from "./params.ts";
import type { Kind, Kinds } from "./store.ts";
import type { Page } from "./page.ts";
import { pageOf } from "./page.ts";
import type { World } from "./world.ts";

/** One operation: what it takes, and what it does within a transaction. `id` is the part of the path that names one. */
export type Route = {
  method: "GET" | "POST" | "DELETE";
  path: string;
  run(w: World, form: Form, id: string): object;
};

export function route<S extends z.ZodType>(
  method: Route["method"],
  path: string,
  schema: S,
  run: (w: World, input: z.output<S>, id: string) => object,
): Route {
  return { method, path, run: (w, form, id) => run(w, parseParams(schema, form), id) };
}

/** A list: newest first, a page at a time, those that `keeps` lets through. */
export function listRoute<K extends Kind, S extends z.ZodRawShape>(
  path: string,
  kind: K,
  filters: S,
  keeps: (object: Kinds[K], input: z.output<ReturnType<typeof listParams<S>>>, w: World) => boolean,
): Route {
  const schema = listParams(filters);
  return route("GET", path, schema, (w, input) =>
    pageOf(
      path,
      w.store.all(kind).filter((object) => keeps(object, input, w)),
      // The compiler can't see through the generic shape; the fields of a page are in every one.
      input as Page,
    ),
  );
}
