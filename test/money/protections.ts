import type { Mutation } from "../support/mutant.ts";

/** What keeps money and machines in agreement, each with what switches it off: see `test/simulation/protections.ts`. */
export type Protection = { name: string; without: readonly Omit<Mutation, "name">[] };

const OBJECT = "durable-objects/billing-account";

export const PROTECTIONS: readonly Protection[] = [
  {
    name: "an older reading never overwrites a newer one",
    without: [
      {
        file: `${OBJECT}/sync.ts`,
        find: "if (this.#running === null) return this.#begin();",
        replace: "if (this.#running !== undefined) return this.#begin();",
      },
      {
        file: "worker/domain/entitlement/advance.ts",
        find: "if (state.facts !== null && facts.readAt <= state.facts.readAt) return state;",
        replace: "",
      },
    ],
  },
  {
    name: "what is owed is kept before D1 is told",
    without: [
      {
        file: `${OBJECT}/turn.ts`,
        find: "  ports.save(book);\n\n  // The row first",
        replace: "  ports.save({ ...book, owed: before.owed });\n\n  // The row first",
      },
    ],
  },
  {
    name: "a nudge during a turn is not put off",
    without: [
      {
        file: `${OBJECT}/sync.ts`,
        find: "const soon = this.#isNudged ? clock.now() + NUDGE_MS : at;",
        replace: "const soon = at;",
      },
    ],
  },
  {
    name: "deployments are told when another plan governs",
    without: [
      {
        file: `${OBJECT}/book.ts`,
        find: "if (plan === null || plan === book.termsOf) return book;",
        replace: "if (plan === null || book.termsOf !== null) return book;",
      },
    ],
  },
  {
    name: "one page to pay on",
    without: [
      {
        file: "worker/usecases/buy-plan.ts",
        find: "const only = await onlyPage(deps, customer.value, { ...opened.value, plan, url: opened.value.url });",
        replace: "const only = ok({ url: opened.value.url });",
      },
    ],
  },
  {
    name: "a change that was not told is told before the next",
    without: [
      {
        file: `${OBJECT}/turn.ts`,
        find: "const before = await tell(ports, known);",
        replace: "const before = { ...known, told: null };",
      },
    ],
  },
  {
    name: "an object that knows of nothing yet is held when it does",
    without: [
      {
        file: `${OBJECT}/effects.ts`,
        find: 'hold: new Set(["deployment.deleted"])',
        replace: 'hold: new Set(["deployment.deleted", "deployment.not_found"])',
      },
    ],
  },
  {
    name: "a new customer reaches the account's row",
    without: [
      {
        file: `${OBJECT}/sync.ts`,
        find: "await this.#remember({ customerId });\n    await this.#comeBackSoon();",
        replace: "await this.#remember({ customerId });",
      },
    ],
  },
  {
    name: "a downgrade that was taken back can be wished for again",
    without: [
      {
        file: "worker/clients/stripe/stripe.ts",
        find: "idempotencyKey: `schedule:${subscription}:${nonce}`",
        replace: "idempotencyKey: `schedule:${subscription}`",
      },
    ],
  },
];
