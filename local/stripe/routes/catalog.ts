import { z } from "zod";
import { newPrice, newProduct } from "../catalog.ts";
import { invalid } from "../errors.ts";
import { clearable, count, flag, ignored, integer, mergeMetadata, metadata, text } from "../params.ts";
import { listRoute, type Route, route } from "../route.ts";

const none = z.strictObject({});
const productFields = {
  active: flag.optional(),
  description: clearable(text).optional(),
  metadata: metadata.optional(),
  tax_code: ignored,
  url: ignored,
};

export const catalogRoutes: readonly Route[] = [
  route(
    "POST",
    "/v1/products",
    z.strictObject({ ...productFields, id: text.optional(), name: text, shippable: ignored }),
    (w, input) => {
      if (input.id !== undefined && w.store.get("products", input.id) !== undefined)
        throw invalid("Product already exists.", { code: "resource_already_exists", param: "id" });
      const product = newProduct(w, { id: input.id ?? w.id("prod"), name: input.name });
      product.active = input.active ?? true;
      product.description = input.description ?? null;
      product.metadata = mergeMetadata({}, input.metadata);
      w.emit("product.created", product);
      return product;
    },
  ),
  route("GET", "/v1/products/:id", none, (w, _, id) => w.find("products", id)),
  route(
    "POST",
    "/v1/products/:id",
    z.strictObject({ ...productFields, name: text.optional() }),
    (w, input, id) => {
      const product = w.find("products", id);
      w.amend(product, "product.updated", () => {
        if (input.name !== undefined) product.name = input.name;
        if (input.active !== undefined) product.active = input.active;
        if (input.description !== undefined) product.description = input.description;
        product.metadata = mergeMetadata(product.metadata, input.metadata);
      });
      return product;
    },
  ),
  listRoute(
    "/v1/products",
    "products",
    { active: flag.optional(), ids: z.array(text).optional() },
    (product, input) => {
      const { active, ids } = input;
      return (active ?? product.active) === product.active && (ids?.includes(product.id) ?? true);
    },
  ),

  route(
    "POST",
    "/v1/prices",
    z.strictObject({
      currency: text,
      product: text,
      unit_amount: integer,
      active: flag.optional(),
      nickname: text.optional(),
      lookup_key: text.optional(),
      metadata: metadata.optional(),
      tax_behavior: z.enum(["exclusive", "inclusive", "unspecified"]).optional(),
      transform_quantity: z
        .strictObject({
          divide_by: count.refine((size) => size > 0, "must be positive"),
          round: z.enum(["up", "down"]),
        })
        .optional(),
      recurring: z
        .strictObject({
          interval: z.enum(["day", "week", "month", "year"]),
          interval_count: count.optional(),
          usage_type: z.enum(["licensed", "metered"]).optional(),
          meter: text.optional(),
        })
        .optional(),
    }),
    (w, input) => {
      w.find("products", input.product, "product");
      const price = newPrice(w, {
        id: w.id("price"),
        product: input.product,
        currency: input.currency,
        unitAmount: input.unit_amount,
        interval: input.recurring?.interval ?? null,
        intervalCount: input.recurring?.interval_count ?? 1,
        meter: input.recurring?.meter ?? null,
        packageOf:
          input.transform_quantity === undefined
            ? null
            : { size: input.transform_quantity.divide_by, round: input.transform_quantity.round },
      });
      price.active = input.active ?? true;
      price.nickname = input.nickname ?? null;
      price.lookup_key = input.lookup_key ?? null;
      price.tax_behavior = input.tax_behavior ?? "unspecified";
      price.metadata = mergeMetadata({}, input.metadata);
      w.emit("price.created", price);
      return price;
    },
  ),
  route("GET", "/v1/prices/:id", none, (w, _, id) => w.find("prices", id)),
  route(
    "POST",
    "/v1/prices/:id",
    z.strictObject({
      active: flag.optional(),
      nickname: clearable(text).optional(),
      metadata: metadata.optional(),
    }),
    (w, input, id) => {
      const price = w.find("prices", id);
      w.amend(price, "price.updated", () => {
        if (input.active !== undefined) price.active = input.active;
        if (input.nickname !== undefined) price.nickname = input.nickname;
        price.metadata = mergeMetadata(price.metadata, input.metadata);
      });
      return price;
    },
  ),
  listRoute(
    "/v1/prices",
    "prices",
    {
      active: flag.optional(),
      product: text.optional(),
      lookup_keys: z.array(text).optional(),
      type: text.optional(),
    },
    (price, input) => {
      const { active, product, lookup_keys, type } = input;
      return (
        (active ?? price.active) === price.active &&
        (product ?? price.product) === price.product &&
        (type ?? price.type) === price.type &&
        (lookup_keys?.includes(price.lookup_key ?? "") ?? true)
      );
    },
  ),
];
