import type { Entitlement } from "../../worker/domain/entitlement/state.ts";
import type { Clock } from "../../worker/platform/clock.ts";
import { SECOND_MS } from "../../worker/platform/clock.ts";
import type { Book, Hint, Shelf } from "./book.ts";
import type { Ports, Turned } from "./turn.ts";
import { turn } from "./turn.ts";

/** Webhooks come in bursts: one reading answers all that came within this. */
const NUDGE_MS = 2 * SECOND_MS;

/** What the object stands in: its storage, its alarm, and what a turn reaches beyond itself. */
export type Surroundings = {
  shelf: Pick<Shelf, "read" | "write">;
  openClock(): Promise<Clock>;
  /** In the platform's time. */
  getAlarm(): Promise<number | null>;
  setAlarm(at: number): void;
  /** The book of an account that has none yet; null: there is no such account. */
  firstBook(): Promise<Book | null>;
  reach(clock: Clock): Omit<Ports, "load" | "save" | "arm" | "clock">;
};

/** What the object answers: the entitlement, and whether Stripe could be asked. */
export type Standing = { entitlement: Entitlement; customerId: string | null; isRead: boolean };

/**
 * `syncBilling` apart from the platform, so that the money's model test drives it as it is: turns run one after another,
 * and whoever asks while one runs shares the next, so that a thousand webhooks are a few readings.
 */
export class Sync {
  readonly #around: Surroundings;
  #running: Promise<Turned | null> | null = null;
  #next: Promise<Turned | null> | null = null;
  /** Somebody nudged since the last turn began to read: its alarm must not be put off. */
  #isNudged = false;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  /** There may be news at Stripe; it is read in a moment. */
  async nudge(hint: Hint): Promise<void> {
    await this.#remember({ hint });
    await this.#comeBackSoon();
  }

  async #comeBackSoon(): Promise<void> {
    const clock = await this.#around.openClock();
    this.#isNudged = true;
    const soon = clock.toPlatform(clock.now() + NUDGE_MS);
    const alarm = await this.#around.getAlarm();
    if (alarm === null || alarm > soon) this.#around.setAlarm(soon);
  }

  /** Reads Stripe now. What it answers was read after it was asked. `null`: there is no such account. */
  async sync(hint: Hint): Promise<Standing | null> {
    await this.#remember({ hint });
    const turned = await this.turn();
    if (turned === null) return null;
    const { entitlement, customerId } = turned.book;
    return { entitlement, customerId, isRead: turned.isRead };
  }

  /** The account's customer at Stripe; its row learns it in a moment, also when nobody asks for a reading. */
  async attach(customerId: string): Promise<void> {
    await this.#remember({ customerId });
    await this.#comeBackSoon();
  }

  async #remember(patch: Partial<Pick<Book, "hint" | "customerId">>): Promise<void> {
    const book = await this.#load();
    if (book !== null) this.#around.shelf.write({ ...book, ...patch });
  }

  /** One at a time; whoever comes while one runs waits for the next one, together with all others who do. */
  turn(): Promise<Turned | null> {
    if (this.#running === null) return this.#begin();
    this.#next ??= this.#running
      .catch(() => undefined) // Its own callers hear of it.
      .then(() => {
        this.#next = null;
        return this.#begin();
      });
    return this.#next;
  }

  #begin(): Promise<Turned | null> {
    const running = this.#takeTurn().finally(() => {
      if (this.#running === running) this.#running = null;
    });
    this.#running = running;
    return running;
  }

  async #takeTurn(): Promise<Turned | null> {
    const clock = await this.#around.openClock();
    this.#isNudged = false;
    return turn(this.#ports(clock));
  }

  /** The book; begun from the account's row the first time. */
  async #load(): Promise<Book | null> {
    const known = this.#around.shelf.read();
    if (known !== null) return known;
    const book = await this.#around.firstBook();
    if (book !== null) this.#around.shelf.write(book);
    return book;
  }

  #ports(clock: Clock): Ports {
    const { shelf } = this.#around;
    let known: Hint | null = null;
    let newer: Hint | null = null;
    return {
      ...this.#around.reach(clock),
      load: async () => {
        const book = await this.#load();
        known = book?.hint ?? null;
        return book;
      },
      // A hint or a customer may have come since the turn began: they are newer than what it knows of them.
      save: (book) => {
        const kept = shelf.read() ?? book;
        if (known !== null && JSON.stringify(kept.hint) !== JSON.stringify(known)) newer = kept.hint;
        known = newer ?? book.hint;
        shelf.write({ ...book, customerId: kept.customerId, hint: known });
      },
      arm: (at) => {
        const soon = this.#isNudged ? clock.now() + NUDGE_MS : at;
        this.#around.setAlarm(clock.toPlatform(Math.min(at, soon)));
      },
      clock,
    };
  }
}
