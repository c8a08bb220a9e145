import type { AccountId } from "../../worker/domain/ids.ts";
import type { Db } from "../../worker/store/db.ts";
import { openDb } from "../../worker/store/db.ts";
import { d1Of, Disk } from "./d1.ts";

/** The process dies at this call, before or after it is carried out. */
export type Death = { call: number; isBefore: boolean };

/** The real tables, for use-cases that may die at any call of them. */
export class DyingD1 {
  readonly disk = new Disk();
  readonly binding: D1Database;
  #death: Death | null = null;
  #calls = 0;
  #hasDied = false;

  constructor() {
    const make = async <T>(
      _life: unknown,
      _slowest: number,
      _isWrite: boolean,
      work: () => T,
    ): Promise<T> => {
      this.#calls += 1;
      const isLast = this.#death?.call === this.#calls;
      this.#hasDied ||= isLast;
      if (isLast && this.#death?.isBefore === true) throw new Error("It died.");
      const answer = work();
      if (isLast) throw new Error("It died.");
      return answer;
    };
    // All that is called of a life's calls.
    this.binding = d1Of(this.disk, { make } as never, {} as never);
  }

  get db(): Db {
    return openDb(this.binding);
  }

  /** Runs it, up to that call. Whatever goes wrong without a death is an error. */
  async run(work: () => Promise<void>, death: Death | null): Promise<void> {
    this.#calls = 0;
    this.#hasDied = false;
    this.#death = death;
    await work().catch((error: unknown) => {
      if (!this.#hasDied) throw error;
    });
    this.#death = null;
  }

  /** An account that pays for the shared plan. */
  addCustomer(accountId: AccountId): void {
    this.disk.rows(
      `INSERT INTO subscriptions (account_id, version, entitlement, plan, grows_until, customer_id)
       VALUES (?, 1, '{}', 'shared', 0, 'cus_1')`,
      accountId,
    );
  }
}
