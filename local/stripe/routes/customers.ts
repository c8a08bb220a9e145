import { z } from "zod";
import { cancelNow } from "../billing/change.ts";
import { newCustomer } from "../billing/customers.ts";
import { leaveInvoices } from "../billing/subscription-end.ts";
import { attachMethod, findMethod, ownMethod } from "../billing/methods.ts";
import { clearable, ignored, integer, mergeMetadata, metadata, text } from "../params.ts";
import { pageOf } from "../page.ts";
import { listParams } from "../params.ts";
import { listRoute, type Route, route } from "../route.ts";
import type { Customer } from "../wire.ts";
import type { World } from "../world.ts";

const addressSchema = z.strictObject({
  line1: z.string().optional(),
  line2: z.string().optional(),
  city: z.string().optional(),
  state: z.string().optional(),
  postal_code: z.string().optional(),
  country: z.string().optional(),
});

const fields = {
  email: clearable(text).optional(),
  name: clearable(text).optional(),
  phone: clearable(text).optional(),
  description: clearable(text).optional(),
  metadata: metadata.optional(),
  balance: integer.optional(),
  address: clearable(addressSchema).optional(),
  preferred_locales: z.array(text).optional(),
  invoice_settings: z
    .strictObject({
      default_payment_method: clearable(text).optional(),
      footer: ignored,
      custom_fields: ignored,
    })
    .partial()
    .optional(),
  tax: ignored,
  tax_exempt: clearable(z.enum(["none", "exempt", "reverse"])).optional(),
  shipping: ignored,
};
const createSchema = z.strictObject({
  ...fields,
  payment_method: text.optional(),
  source: text.optional(),
  test_clock: text.optional(),
});
const updateSchema = z.strictObject(fields);
const none = z.strictObject({});

export const customerRoutes: readonly Route[] = [
  route("POST", "/v1/customers", createSchema, (w, input) => {
    const clock = input.test_clock ?? null;
    if (clock !== null) w.find("clocks", clock, "test_clock");
    const customer = newCustomer(w, { clock });
    if (input.payment_method !== undefined) {
      const method = findMethod(w, input.payment_method, "payment_method", clock);
      attachMethod(w, method, customer);
      // A test card's name stands for the card it has just become.
      if (input.invoice_settings?.default_payment_method === input.payment_method)
        input.invoice_settings.default_payment_method = method.id;
    }
    change(w, customer, input);
    w.emit("customer.created", customer);
    return customer;
  }),
  route("GET", "/v1/customers/:id", none, (w, _, id) => found(w, id)),
  route("POST", "/v1/customers/:id", updateSchema, (w, input, id) => {
    const customer = w.find("customers", id);
    w.amend(customer, "customer.updated", () => change(w, customer, input));
    return customer;
  }),
  route("DELETE", "/v1/customers/:id", none, (w, _, id) => {
    const customer = w.find("customers", id);
    for (const subscription of w.store.all("subscriptions"))
      if (subscription.customer === id && !["canceled", "incomplete_expired"].includes(subscription.status))
        cancelNow(w, w.find("subscriptions", subscription.id), { isProrated: false, isInvoiced: false });
    leaveInvoices(w, (invoice) => invoice.customer === id);
    w.emit("customer.deleted", customer);
    w.store.delete("customers", id);
    w.store.put("gone", { id });
    return gone(id);
  }),
  listRoute(
    "/v1/customers",
    "customers",
    { email: text.optional(), test_clock: text.optional() },
    (customer, input) =>
      (input.email === undefined || customer.email === input.email) &&
      (input.test_clock ?? null) === (customer.test_clock ?? null),
  ),
  route("GET", "/v1/customers/:id/payment_methods", listParams({ type: text.optional() }), (w, input, id) => {
    w.find("customers", id);
    const own = w.store.all("payment_methods").filter(({ customer }) => customer === id);
    return pageOf(`/v1/customers/${id}/payment_methods`, own, input);
  }),
];

const gone = (id: string) => ({ id, object: "customer", deleted: true }) as const;

const found = (w: World, id: string): object =>
  w.store.get("gone", id) === undefined ? w.find("customers", id) : gone(id);

function change(w: World, customer: Customer, input: z.output<typeof updateSchema>): void {
  const { metadata: added, invoice_settings, address } = input;
  for (const key of ["email", "name", "phone", "description"] as const)
    if (input[key] !== undefined) customer[key] = input[key];
  if (input.balance !== undefined) customer.balance = input.balance;
  if (input.preferred_locales !== undefined) customer.preferred_locales = input.preferred_locales;
  if (input.tax_exempt !== undefined) customer.tax_exempt = input.tax_exempt;
  if (address === null) customer.address = null;
  else if (address !== undefined)
    customer.address = {
      city: address.city ?? null,
      country: address.country ?? null,
      line1: address.line1 ?? null,
      line2: address.line2 ?? null,
      postal_code: address.postal_code ?? null,
      state: address.state ?? null,
    };
  customer.metadata = mergeMetadata(customer.metadata, added);
  const name = invoice_settings?.default_payment_method;
  if (name === undefined) return;
  customer.invoice_settings.default_payment_method =
    name === null ? null : ownMethod(w, name, customer, "invoice_settings[default_payment_method]").id;
}
