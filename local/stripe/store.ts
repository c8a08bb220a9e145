import { appendFileSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import type { CardToken } from "./billing/cards.ts";
import type { SubscriptionData } from "./billing/checkout.ts";
import type { Remembered } from "./idempotency.ts";
import type { Delivery, Endpoint } from "./webhooks.ts";
import type * as wire from "./wire.ts";

/** What this server knows, by kind. The first half is Stripe's objects, the second is what Stripe keeps to itself. */
export type Kinds = {
  customers: wire.Customer;
  products: wire.Product;
  prices: wire.Price;
  payment_methods: wire.PaymentMethod;
  payment_intents: wire.PaymentIntent;
  charges: wire.Charge;
  disputes: wire.Dispute;
  refunds: wire.Refund;
  subscriptions: wire.Subscription;
  schedules: wire.SubscriptionSchedule;
  invoices: wire.Invoice;
  invoice_items: wire.InvoiceItem;
  invoice_payments: wire.InvoicePayment;
  sessions: wire.CheckoutSession;
  portals: wire.PortalSession;
  meters: wire.Meter;
  /** By an id of this server's: an identifier may come again once Stripe has forgotten it. */
  meter_events: wire.MeterEvent & { id: string };
  clocks: wire.TestClock;
  events: wire.StripeEvent;

  endpoints: Endpoint;
  deliveries: Delivery;
  remembered: Remembered;
  /** How the card of a payment method behaves; set up: its owner consented to payments without them. */
  cards: { id: string; token: CardToken; isSetUp: boolean };
  /** What a checkout session was created with and its view doesn't show. */
  checkouts: { id: string; lines: wire.CheckoutLine[]; subscription: SubscriptionData };
  /** Customers that were deleted. */
  gone: { id: string };
  /** Subscriptions that were told their trial ends. */
  notices: { id: string };
};
export type Kind = keyof Kinds;

/** Working copies; null: deleted. */
type Work = Map<Kind, Map<string, Kinds[Kind] | null>>;
type Line = { kind: Kind; id: string; value: Kinds[Kind] | null };

/**
 * Everything in memory, and on disk as one JSON line for each change. What happens within `transaction` happens at
 * once or, when it throws, not at all: `get` hands out working copies, and the changed ones are kept at its end.
 * Outside of one, objects are frozen.
 */
export class Store {
  readonly #file: string | null;
  readonly #kept = new Map<Kind, Map<string, Kinds[Kind]>>();
  /** Of the transaction that is going on. */
  #work: Work | null = null;

  /** Without a file it forgets everything at its end. */
  constructor(file: string | null) {
    this.#file = file;
    if (file === null) return;
    for (const line of linesOf(file)) this.#keep(line);
    // Compacted: a line for each object.
    const lines = [...this.#kept].flatMap(([kind, objects]) =>
      [...objects].map(([id, value]): Line => ({ kind, id, value })),
    );
    writeFileSync(`${file}.new`, lines.map(toText).join(""), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }

  get<K extends Kind>(kind: K, id: string): Kinds[K] | undefined {
    const kept = this.#kept.get(kind)?.get(id) as Kinds[K] | undefined; // Each map holds its kind alone.
    if (this.#work === null) return kept;
    const worked = mapOf(this.#work, kind).get(id) as Kinds[K] | null | undefined;
    if (worked !== undefined) return worked ?? undefined;
    if (kept === undefined) return undefined;
    const copy = structuredClone(kept);
    mapOf(this.#work, kind).set(id, copy);
    return copy;
  }

  /** Oldest first, for reading: to change one, `get` it. */
  all<K extends Kind>(kind: K): Kinds[K][] {
    const kept = this.#kept.get(kind) ?? new Map<string, Kinds[Kind]>();
    const worked = this.#work?.get(kind) ?? new Map<string, Kinds[Kind] | null>();
    const ids = new Set([...kept.keys(), ...worked.keys()]);
    return [...ids].flatMap((id) => {
      const value = worked.has(id) ? worked.get(id) : kept.get(id);
      return value === null || value === undefined ? [] : [value as Kinds[K]]; // As above.
    });
  }

  put<K extends Kind>(kind: K, value: Kinds[K]): void {
    mapOf(this.#working(), kind).set(value.id, value);
  }

  delete(kind: Kind, id: string): void {
    mapOf(this.#working(), kind).set(id, null);
  }

  transaction<T>(work: () => T): T {
    if (this.#work !== null) return work();
    this.#work = new Map();
    try {
      const result = work();
      this.#commit(this.#work);
      return result;
    } finally {
      this.#work = null;
    }
  }

  /** What would come of it; nothing of it is kept. */
  rehearse<T>(work: () => T): T {
    const before = this.#work;
    this.#work = structuredClone(before) ?? new Map();
    try {
      return work();
    } finally {
      this.#work = before;
    }
  }

  #working(): Work {
    if (this.#work === null) throw new Error("The store is changed within a transaction alone.");
    return this.#work;
  }

  #commit(work: Work): void {
    const lines = [...work].flatMap(([kind, objects]) =>
      [...objects].flatMap(([id, value]): Line[] => {
        const before = this.#kept.get(kind)?.get(id);
        const isSame = JSON.stringify(before ?? null) === JSON.stringify(value);
        return isSame ? [] : [{ kind, id, value: structuredClone(value) }];
      }),
    );
    if (this.#file !== null && lines.length > 0) appendFileSync(this.#file, lines.map(toText).join(""));
    for (const line of lines) this.#keep(line);
  }

  #keep({ kind, id, value }: Line): void {
    if (value === null) mapOf(this.#kept, kind).delete(id);
    else mapOf(this.#kept, kind).set(id, freeze(value));
  }
}

function mapOf<V>(maps: Map<Kind, Map<string, V>>, kind: Kind): Map<string, V> {
  const found = maps.get(kind) ?? new Map<string, V>();
  maps.set(kind, found);
  return found;
}

const toText = (line: Line): string => `${JSON.stringify(line)}\n`;

/** A last line without its end was being written when the server was killed; nobody was told of it. */
function linesOf(file: string): Line[] {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
  const lines = text.slice(0, text.lastIndexOf("\n") + 1).split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as Line); // Written by this class alone.
}

function freeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) freeze(part);
  }
  return value;
}
