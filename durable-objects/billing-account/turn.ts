import { advance } from "../../worker/domain/entitlement/advance.ts";
import type { Effect } from "../../worker/domain/entitlement/effects.ts";
import type { BillingFacts } from "../../worker/domain/entitlement/facts.ts";
import type { Outcome } from "../../worker/domain/outcome.ts";
import type { Clock } from "../../worker/platform/clock.ts";
import { HOUR_MS, MINUTE_MS } from "../../worker/platform/clock.ts";
import type { Logger } from "../../worker/platform/logger.ts";
import { describeError } from "../../worker/platform/logger.ts";
import type { Book } from "./book.ts";
import { BY_CLOCK, owing, owingTerms } from "./book.ts";

/**
 * One turn of `syncBilling`: read Stripe fresh, fold it with our own clock, keep that with what is owed, tell D1, then
 * carry out what is owed. Turns never run beside each other; whatever breaks off is owed still, and an alarm comes back
 * for it.
 */
export type Ports = {
  load(): Promise<Book | null>;
  save(book: Book): void;
  /** What Stripe says of the customer now; an account without one has no subscription, and nobody has to be asked. */
  read(customerId: string | null, now: number): Promise<Outcome<BillingFacts>>;
  /** Rows in D1: the newest document, and what changed; guarded by the version. */
  project(book: Book, now: number): Promise<void>;
  /** Does one effect, which may have been done before. `false`: not all of it yet. */
  carryOut(effect: Effect, book: Book, now: number): Promise<boolean>;
  /** Every event that had come before the reading began has been acted on. */
  settle(readAt: number): Promise<void>;
  arm(at: number): void;
  clock: Clock;
  logger: Logger;
};

const RETRY_MS = MINUTE_MS;
/** Stripe is read this often even when nobody has told us anything. */
const READ_EVERY_MS = 24 * HOUR_MS;

/** How a turn went for whoever waits for it; `isRead` false: Stripe could not be asked. */
export type Turned = { book: Book; isRead: boolean };

export async function turn(ports: Ports): Promise<Turned | null> {
  const { clock, logger } = ports;
  const known = await ports.load();
  if (known === null) return null;
  // From here on somebody comes back, whatever happens below.
  ports.arm(clock.now() + RETRY_MS);
  // What a turn that broke off had not told yet: each change is told from the one before it, or history had gaps.
  const before = await tell(ports, known);
  const readAt = clock.now();
  const reading = await ports.read(before.customerId, readAt);
  const isRead = reading.kind === "ok";
  if (!isRead) logger.error("billing.not_read", { outcome: reading.kind });

  const advanced = advance(before.entitlement, isRead ? reading.value : null, clock.now());
  const told = before.told ?? { entitlement: before.entitlement, customerId: before.customerId };
  const isChanged =
    JSON.stringify(advanced.state) !== JSON.stringify(before.entitlement) ||
    before.customerId !== told.customerId;
  let book = owingTerms({
    ...before,
    version: isChanged ? before.version + 1 : before.version,
    entitlement: advanced.state,
    told,
    owed: owing(before.owed, advanced.effects),
  });
  ports.save(book);

  // The row first: it closes the door for new deployments before those that are there are listed and held.
  book = await tell(ports, book);
  book = await carryOutAll(ports, book);
  if (isRead) await ports.settle(readAt);

  const isDone = isRead && book.owed.length === 0;
  const dueAt = Math.min(advanced.dueAt ?? Number.POSITIVE_INFINITY, clock.now() + READ_EVERY_MS);
  ports.arm(isDone ? Math.max(dueAt, clock.now()) : Math.min(dueAt, clock.now() + RETRY_MS));
  return { book, isRead };
}

async function tell(ports: Ports, book: Book): Promise<Book> {
  if (book.projected >= book.version) return book;
  await ports.project(book, ports.clock.now());
  const { version, entitlement, customerId } = book;
  const told: Book = { ...book, projected: version, told: { entitlement, customerId }, hint: BY_CLOCK };
  ports.save(told);
  return told;
}

/** In their order; one that fails waits with all that follow it, but for those that wait for nobody. */
async function carryOutAll(ports: Ports, start: Book): Promise<Book> {
  let book = start;
  let isBlocked = false;
  for (const effect of start.owed) {
    const isFree = FREE.has(effect.kind);
    if (isBlocked && !isFree) continue;
    const isDone = await attempt(ports, effect, book);
    isBlocked ||= !isDone && !isFree;
    if (!isDone) continue;
    book = { ...book, owed: book.owed.filter(({ key }) => key !== effect.key) };
    ports.save(book);
  }
  return book;
}

/** Nobody is held, or let go, later because one deployment could not be told its terms. */
const FREE: ReadonlySet<Effect["kind"]> = new Set(["mail", "alert", "terms"]);

async function attempt(ports: Ports, effect: Effect, book: Book): Promise<boolean> {
  try {
    return await ports.carryOut(effect, book, ports.clock.now());
  } catch (error) {
    ports.logger.error("billing.effect_failed", { effect: effect.kind, error: describeError(error) });
    return false;
  }
}
