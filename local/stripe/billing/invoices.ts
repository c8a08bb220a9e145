import { invalid } from "../errors.ts";
import { listOf } from "../page.ts";
import type { Invoice, InvoiceItem, InvoiceLine, Subscription } from "../wire.ts";
import type { World } from "../world.ts";
import { amountOf, isMetered, itemLine } from "./lines.ts";
import { HOUR_S } from "./period.ts";
import type { Period } from "./period.ts";
import { usageOf } from "./usage.ts";

/** An invoice from draft to its end. Whether it is paid is `collection.ts`' matter. */
export type Draft = {
  customer: string;
  subscription: Subscription | null;
  reason: NonNullable<Invoice["billing_reason"]>;
  currency: string;
  lines: InvoiceLine[];
  /** Waiting items it takes in. */
  items: InvoiceItem[];
  period: Period;
  /** Whether Stripe finalizes and collects it by itself. */
  isAutomatic: boolean;
  description?: string | null;
  metadata?: Record<string, string>;
  method?: string | null;
};

/** Renewals can be changed for an hour. */
const DRAFT_S = HOUR_S;

export function draftInvoice(w: World, draft: Draft): Invoice {
  const { subscription } = draft;
  const customer = w.find("customers", draft.customer);
  const clock = customer.test_clock ?? null;
  const now = w.now(clock);
  const id = w.id("in");
  const invoice: Invoice = {
    ...BLANK,
    id,
    automatically_finalizes_at: draft.isAutomatic ? now + DRAFT_S : null,
    auto_advance: draft.isAutomatic,
    billing_reason: draft.reason,
    created: now,
    currency: draft.currency,
    customer: customer.id,
    customer_address: customer.address ?? null,
    customer_email: customer.email,
    customer_name: customer.name ?? null,
    customer_phone: customer.phone ?? null,
    default_payment_method: draft.method ?? null,
    description: draft.description ?? null,
    lines: listOf(`/v1/invoices/${id}/lines`, []),
    metadata: draft.metadata ?? {},
    parent:
      subscription === null
        ? null
        : {
            type: "subscription_details",
            quote_details: null,
            subscription_details: { metadata: subscription.metadata, subscription: subscription.id },
          },
    period_start: draft.period.start,
    period_end: draft.period.end,
    starting_balance: customer.balance,
    test_clock: clock,
  };
  w.store.put("invoices", invoice);
  addLines(w, invoice, draft.lines, draft.items);
  w.emit("invoice.created", invoice);
  return invoice;
}

export function addLines(w: World, invoice: Invoice, lines: InvoiceLine[], items: InvoiceItem[]): void {
  for (const { id } of items) w.find("invoice_items", id).invoice = invoice.id;
  const all = [...items.map((item) => itemLine(w, item)), ...lines];
  invoice.lines.data.push(...all.map((line) => ({ ...line, invoice: invoice.id })));
  sumUp(invoice);
}

/** What came in while it could still be changed counts; afterwards nothing does. */
function countUsage(w: World, invoice: Invoice): void {
  for (const line of invoice.lines.data) {
    const price = w.store.get("prices", line.pricing?.price_details?.price ?? "");
    const isOver = line.period.end <= w.now(invoice.test_clock);
    if (
      price === undefined ||
      !isMetered(price) ||
      !isOver ||
      line.parent?.type !== "subscription_item_details"
    )
      continue;
    const quantity = usageOf(w, invoice.customer ?? "", price.recurring?.meter ?? null, line.period);
    const amount = amountOf(price, quantity);
    const name = w.find("products", price.product).name;
    const description = `${quantity} × ${name}`;
    Object.assign(line, {
      quantity,
      quantity_decimal: String(quantity),
      amount,
      subtotal: amount,
      description,
    });
  }
  sumUp(invoice);
}

function sumUp(invoice: Invoice): void {
  const total = invoice.lines.data.reduce((sum, { amount }) => sum + amount, 0);
  // A negative balance is credit: it pays first. A negative total becomes credit.
  const credit = Math.min(Math.max(total, 0), Math.max(-invoice.starting_balance, 0));
  const due = Math.max(total, 0) - credit;
  Object.assign(invoice, {
    subtotal: total,
    subtotal_excluding_tax: total,
    total,
    total_excluding_tax: total,
    amount_due: due,
    amount_remaining: due,
  } satisfies Partial<Invoice>);
}

export function finalizeInvoice(w: World, invoice: Invoice): void {
  if (invoice.status !== "draft")
    throw invalid("This invoice is already finalized, you can't re-finalize a non-draft invoice.", {
      code: "invoice_not_editable",
    });
  countUsage(w, invoice);
  const now = w.now(invoice.test_clock);
  const customer = w.find("customers", invoice.customer ?? "");
  const ending =
    invoice.total < 0
      ? customer.balance + invoice.total
      : customer.balance + (invoice.total - invoice.amount_due);
  w.amend(customer, "customer.updated", () => {
    customer.balance = ending;
    customer.next_invoice_sequence = (customer.next_invoice_sequence ?? 1) + 1;
  });
  Object.assign(invoice, {
    status: "open",
    automatically_finalizes_at: null,
    effective_at: now,
    ending_balance: ending,
    hosted_invoice_url: `${w.url}/i/${invoice.id}`,
    invoice_pdf: `${w.url}/i/${invoice.id}`,
    number: `${customer.invoice_prefix ?? "LOCAL"}-${String((customer.next_invoice_sequence ?? 2) - 1).padStart(4, "0")}`,
    status_transitions: { ...invoice.status_transitions, finalized_at: now },
  } satisfies Partial<Invoice>);
  w.emit("invoice.finalized", invoice);
}

export function markPaid(w: World, invoice: Invoice, paid: number): void {
  const now = w.now(invoice.test_clock);
  Object.assign(invoice, {
    status: "paid",
    attempted: true,
    amount_paid: paid,
    amount_remaining: 0,
    auto_advance: false,
    next_payment_attempt: null,
    status_transitions: { ...invoice.status_transitions, paid_at: now },
  } satisfies Partial<Invoice>);
  w.emit("invoice.paid", invoice);
  w.emit("invoice.payment_succeeded", invoice);
}

export function voidInvoice(w: World, invoice: Invoice): void {
  if (invoice.status !== "open" && invoice.status !== "uncollectible")
    throw invalid("You can only pass in open invoices.", { code: "invoice_not_open" });
  const now = w.now(invoice.test_clock);
  Object.assign(invoice, {
    status: "void",
    auto_advance: false,
    next_payment_attempt: null,
    status_transitions: { ...invoice.status_transitions, voided_at: now },
  } satisfies Partial<Invoice>);
  w.emit("invoice.voided", invoice);
}

/** Items that wait for the next invoice of this subscription, or of the customer. */
export function waitingItems(w: World, customer: string, subscription: string | null): InvoiceItem[] {
  return w.store.all("invoice_items").filter((item) => {
    const owner = item.parent?.subscription_details?.subscription ?? null;
    return item.customer === customer && item.invoice === null && (owner === null || owner === subscription);
  });
}

export const subscriptionOf = (invoice: Invoice): string | null =>
  invoice.parent?.subscription_details?.subscription ?? null;

const BLANK: Omit<Invoice, "id" | "created" | "currency" | "lines" | "period_start" | "period_end"> = {
  object: "invoice",
  account_country: "US",
  account_name: "Local Stripe",
  account_tax_ids: null,
  amount_due: 0,
  amount_overpaid: 0,
  amount_paid: 0,
  amount_remaining: 0,
  amount_shipping: 0,
  application: null,
  attempt_count: 0,
  attempted: false,
  automatic_tax: { disabled_reason: null, enabled: false, liability: null, provider: null, status: null },
  automatically_finalizes_at: null,
  billing_reason: null,
  collection_method: "charge_automatically",
  custom_fields: null,
  customer: null,
  customer_account: null,
  customer_address: null,
  customer_email: null,
  customer_name: null,
  customer_phone: null,
  customer_shipping: null,
  customer_tax_exempt: "none",
  customer_tax_ids: [],
  default_payment_method: null,
  default_source: null,
  default_tax_rates: [],
  description: null,
  discounts: [],
  due_date: null,
  effective_at: null,
  ending_balance: null,
  footer: null,
  from_invoice: null,
  hosted_invoice_url: null,
  invoice_pdf: null,
  issuer: { type: "self" },
  last_finalization_error: null,
  latest_revision: null,
  livemode: false,
  metadata: {},
  next_payment_attempt: null,
  number: null,
  on_behalf_of: null,
  parent: null,
  payment_settings: { default_mandate: null, payment_method_options: null, payment_method_types: null },
  post_payment_credit_notes_amount: 0,
  pre_payment_credit_notes_amount: 0,
  receipt_number: null,
  rendering: null,
  shipping_cost: null,
  shipping_details: null,
  starting_balance: 0,
  statement_descriptor: null,
  status: "draft",
  status_transitions: { finalized_at: null, marked_uncollectible_at: null, paid_at: null, voided_at: null },
  subtotal: 0,
  subtotal_excluding_tax: 0,
  test_clock: null,
  total: 0,
  total_discount_amounts: [],
  total_excluding_tax: 0,
  total_pretax_credit_amounts: [],
  total_taxes: [],
  webhooks_delivered_at: null,
};
