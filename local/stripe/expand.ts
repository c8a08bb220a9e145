import { invalid } from "./errors.ts";
import { listOf } from "./page.ts";
import type { Kind } from "./store.ts";
import type { World } from "./world.ts";

/** Fields that hold the id of an object, and its kind. */
const KINDS: Readonly<Record<string, Kind>> = {
  charge: "charges",
  latest_charge: "charges",
  customer: "customers",
  default_payment_method: "payment_methods",
  payment_method: "payment_methods",
  default_price: "prices",
  price: "prices",
  product: "products",
  invoice: "invoices",
  latest_invoice: "invoices",
  payment_intent: "payment_intents",
  schedule: "schedules",
  subscription: "subscriptions",
  test_clock: "clocks",
};

/** Fields that aren't there unless somebody asks. */
const INCLUDED: Readonly<Record<string, (w: World, id: string) => object>> = {
  "invoice.payments": (w, id) =>
    listOf(
      `/v1/invoice_payments?invoice=${id}`,
      w.store.all("invoice_payments").filter(({ invoice }) => invoice === id),
    ),
  "checkout.session.line_items": (w, id) =>
    listOf(`/v1/checkout/sessions/${id}/line_items`, w.store.get("checkouts", id)?.lines ?? []),
  "customer.subscriptions": (w, id) =>
    listOf(
      `/v1/customers/${id}/subscriptions`,
      w.store.all("subscriptions").filter(({ customer, status }) => customer === id && status !== "canceled"),
    ),
};

/** Puts objects in place of the ids that `paths` lead to, in a copy. */
export function expand(w: World, answer: object, paths: readonly string[]): object {
  const copy = structuredClone(answer);
  for (const path of paths) follow(w, copy, path.split("."), path);
  return copy;
}

function follow(w: World, object: object, [key, ...rest]: string[], path: string): void {
  if (key === undefined) return;
  const value = valueOf(w, object, key);
  if (value === undefined) throw invalid(`This property cannot be expanded (${path}).`, { param: "expand" });
  if (value === null) return;
  Reflect.set(object, key, value);
  for (const next of Array.isArray(value) ? value : [value])
    if (typeof next === "object" && next !== null) follow(w, next as object, rest, path);
}

function valueOf(w: World, object: object, key: string): unknown {
  const value: unknown = Reflect.get(object, key);
  if (typeof value === "string") {
    const kind = KINDS[key];
    const found = kind === undefined ? undefined : w.store.get(kind, value);
    return found === undefined ? undefined : structuredClone(found);
  }
  if (value !== undefined) return value;
  const { object: name, id } = object as { object?: unknown; id?: unknown };
  const included = INCLUDED[`${String(name)}.${key}`];
  return included === undefined ? undefined : structuredClone(included(w, String(id)));
}
