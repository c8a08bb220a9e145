import { z } from "zod";
import { changeSubscription } from "../billing/change.ts";
import { AUTOMATIC, collect } from "../billing/collection.ts";
import {
  addLines,
  draftInvoice,
  finalizeInvoice,
  subscriptionOf,
  voidInvoice,
  waitingItems,
} from "../billing/invoices.ts";
import { itemSchema } from "../billing/items.ts";
import { newInvoiceItem } from "../billing/lines.ts";
import { ownMethod } from "../billing/methods.ts";
import { refusalOf } from "../billing/payments.ts";
import { renew } from "../billing/renewal.ts";
import { invalid } from "../errors.ts";
import { flag, ignored, instant, integer, listParams, mergeMetadata, metadata, text } from "../params.ts";
import { pageOf } from "../page.ts";
import { listRoute, type Route, route } from "../route.ts";
import type { Invoice } from "../wire.ts";
import type { World } from "../world.ts";

const none = z.strictObject({});

export const invoiceRoutes: readonly Route[] = [
  route(
    "POST",
    "/v1/invoiceitems",
    z.strictObject({
      customer: text,
      amount: integer,
      currency: text,
      description: text.optional(),
      metadata: metadata.optional(),
      invoice: text.optional(),
    }),
    (w, input) => {
      w.find("customers", input.customer, "customer");
      const { description = null, metadata: added, invoice: into = null, ...rest } = input;
      const item = newInvoiceItem(w, {
        ...rest,
        invoice: into,
        description,
        metadata: mergeMetadata({}, added),
      });
      if (input.invoice !== undefined) {
        const invoice = w.find("invoices", input.invoice, "invoice");
        if (invoice.status !== "draft") throw invalid("This invoice can no longer be edited.");
        addLines(w, invoice, [], [item]);
      }
      return item;
    },
  ),
  route("GET", "/v1/invoiceitems/:id", none, (w, _, id) => w.find("invoice_items", id)),

  route(
    "POST",
    "/v1/invoices",
    z.strictObject({
      customer: text,
      description: text.optional(),
      metadata: metadata.optional(),
      auto_advance: flag.default(false),
      currency: text.optional(),
      pending_invoice_items_behavior: z.enum(["include", "exclude"]).default("exclude"),
      collection_method: z.literal("charge_automatically").optional(),
      default_payment_method: text.optional(),
    }),
    (w, input) => {
      const customer = w.find("customers", input.customer, "customer");
      const now = w.now(customer.test_clock ?? null);
      const { default_payment_method: method } = input;
      const items = waitingItems(w, customer.id, null);
      return draftInvoice(w, {
        customer: customer.id,
        subscription: null,
        reason: "manual",
        currency: input.currency ?? items[0]?.currency ?? "usd",
        lines: [],
        items: input.pending_invoice_items_behavior === "include" ? items : [],
        period: { start: now, end: now },
        isAutomatic: input.auto_advance,
        description: input.description ?? null,
        metadata: mergeMetadata({}, input.metadata),
        method: method === undefined ? null : ownMethod(w, method, customer, "default_payment_method").id,
      });
    },
  ),
  route(
    "POST",
    "/v1/invoices/create_preview",
    z.strictObject({
      customer: text.optional(),
      subscription: text.optional(),
      subscription_details: z
        .strictObject({
          items: z.array(itemSchema).optional(),
          proration_behavior: z.enum(["create_prorations", "always_invoice", "none"]).optional(),
          proration_date: instant.optional(),
          billing_cycle_anchor: z.enum(["now", "unchanged"]).optional(),
        })
        .optional(),
      preview_mode: ignored,
    }),
    (w, input) => w.store.rehearse(() => preview(w, input)),
  ),
  route("GET", "/v1/invoices/:id", none, (w, _, id) => w.find("invoices", id)),
  route("GET", "/v1/invoices/:id/lines", listParams({}), (w, input, id) =>
    pageOf(`/v1/invoices/${id}/lines`, w.find("invoices", id).lines.data.toReversed(), input),
  ),
  route(
    "POST",
    "/v1/invoices/:id/finalize",
    z.strictObject({ auto_advance: flag.optional() }),
    (w, input, id) => {
      const invoice = w.find("invoices", id);
      if (input.auto_advance !== undefined) invoice.auto_advance = input.auto_advance;
      finalizeInvoice(w, invoice);
      if (invoice.amount_due === 0) collect(w, invoice, AUTOMATIC);
      return invoice;
    },
  ),
  route(
    "POST",
    "/v1/invoices/:id/pay",
    z.strictObject({ payment_method: text.optional(), off_session: flag.default(false) }),
    (w, input, id) => {
      const invoice = w.find("invoices", id);
      const customer = w.find("customers", invoice.customer ?? "");
      const { payment_method: name } = input;
      const failed = collect(w, invoice, {
        method: name === undefined ? undefined : ownMethod(w, name, customer, "payment_method"),
        isOffSession: input.off_session,
        isAuthenticated: false,
      });
      if (failed === "no method")
        throw invalid(
          "There is no `default_payment_method` set on this Customer or Invoice. Please set a `default_payment_method` prior to paying.",
        );
      // That it was tried is on record.
      if (failed !== null) throw refusalOf(failed, { keepsWork: true });
      return invoice;
    },
  ),
  route("POST", "/v1/invoices/:id/void", none, (w, _, id) => {
    const invoice = w.find("invoices", id);
    voidInvoice(w, invoice);
    return invoice;
  }),
  listRoute(
    "/v1/invoices",
    "invoices",
    { customer: text.optional(), subscription: text.optional(), status: text.optional() },
    (invoice, input) => {
      const { customer, subscription, status } = input;
      return (
        (customer ?? invoice.customer) === invoice.customer &&
        (subscription ?? subscriptionOf(invoice)) === subscriptionOf(invoice) &&
        (status ?? invoice.status) === invoice.status
      );
    },
  ),
  listRoute("/v1/invoice_payments", "invoice_payments", { invoice: text.optional() }, (payment, input) =>
    [undefined, payment.invoice].includes(input.invoice),
  ),
];

type PreviewInput = {
  subscription?: string | undefined;
  subscription_details?:
    | {
        items?: z.output<typeof itemSchema>[] | undefined;
        proration_behavior?: "create_prorations" | "always_invoice" | "none" | undefined;
        proration_date?: number | undefined;
        billing_cycle_anchor?: "now" | "unchanged" | undefined;
      }
    | undefined;
};

/** What would be billed: the change is made, and undone by whoever called. */
function preview(w: World, input: PreviewInput): Invoice {
  if (input.subscription === undefined)
    throw invalid("This server previews changes of a subscription alone.", { param: "subscription" });
  const subscription = w.find("subscriptions", input.subscription, "subscription");
  const { items, proration_behavior, proration_date, billing_cycle_anchor } =
    input.subscription_details ?? {};
  const before = subscription.latest_invoice;
  if (items !== undefined || billing_cycle_anchor === "now")
    changeSubscription(w, subscription, {
      items,
      anchor: billing_cycle_anchor,
      prorations: proration_behavior ?? "create_prorations",
      prorationDate: proration_date,
      behavior: "allow_incomplete",
      fields: {},
    });
  // Invoiced at once, or with the next renewal.
  if (subscription.latest_invoice === before) {
    const end = subscription.items.data[0]?.current_period_end ?? 0;
    w.at(subscription.test_clock, end, () => renew(w, subscription, { isAtOnce: false }));
  }
  const invoice = w.find("invoices", subscription.latest_invoice ?? "");
  const id = `upcoming_${invoice.id}`;
  return {
    ...invoice,
    id,
    amount_paid: 0,
    amount_remaining: invoice.amount_due,
    attempt_count: 0,
    attempted: false,
    number: null,
    status: "draft",
    hosted_invoice_url: null,
    invoice_pdf: null,
    next_payment_attempt: null,
    status_transitions: { finalized_at: null, marked_uncollectible_at: null, paid_at: null, voided_at: null },
    lines: { ...invoice.lines, data: invoice.lines.data.map((line) => ({ ...line, invoice: id })) },
  };
}
