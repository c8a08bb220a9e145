import { z } from "zod";
import type { PlanId } from "../../worker/domain/plans.ts";
import { PLAN_IDS } from "../../worker/domain/plans.ts";
import type { Effect } from "../../worker/domain/entitlement/effects.ts";
import type { Entitlement } from "../../worker/domain/entitlement/state.ts";
import { isHeld } from "../../worker/domain/entitlement/state.ts";
import { entitlementSchema } from "../../worker/domain/entitlement/state.ts";

/** What one account's billing object keeps. */
export type Book = {
  version: number;
  /** The newest version that D1 has. */
  projected: number;
  /** What D1 has, from which the next change is told; null: all there is. */
  told: Pick<Book, "entitlement" | "customerId"> | null;
  entitlement: Entitlement;
  customerId: string | null;
  /** The plan whose terms the deployments were told last, or are owed; null: none yet. */
  termsOf: PlanId | null;
  /** Effects that are not carried out yet, in their order. */
  owed: readonly Effect[];
  /** Whose doing the next change is, for the record; the newest word counts. */
  hint: Hint;
};

/** Who thinks that Stripe knows more than we do: a person's id, `stripe`, `clock` or `operator`. */
export type Hint = { actor: string; event: string | null };
export const BY_CLOCK: Hint = { actor: "clock", event: null };

const effect = z.looseObject({ key: z.string(), kind: z.string() }) as unknown as z.ZodType<Effect>; // Written here alone.

const bookSchema: z.ZodType<Book> = z.object({
  version: z.number().int(),
  projected: z.number().int(),
  told: z
    .object({ entitlement: entitlementSchema, customerId: z.string().nullable() })
    .nullable()
    .default(null),
  entitlement: entitlementSchema,
  customerId: z.string().nullable(),
  termsOf: z.enum(PLAN_IDS).nullable().default(null),
  owed: z.array(effect),
  hint: z.object({ actor: z.string(), event: z.string().nullable() }),
});

/** The book on disk, in the object's own SQLite. */
export class Shelf {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec("CREATE TABLE IF NOT EXISTS book (id INTEGER PRIMARY KEY CHECK (id = 1), json TEXT NOT NULL)");
  }

  /** `null`: nothing was ever written. Throws rather than taking damage for absence. */
  read(): Book | null {
    const [row] = this.#sql.exec<{ json: string }>("SELECT json FROM book WHERE id = 1").toArray();
    return row === undefined ? null : bookSchema.parse(JSON.parse(row.json));
  }

  write(book: Book): void {
    this.#sql.exec(
      "INSERT INTO book (id, json) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET json = excluded.json",
      JSON.stringify(book),
    );
  }
}

/** The plan that governs, while one does. */
function governingPlan({ phase }: Entitlement): PlanId | null {
  if (isHeld(phase)) return null;
  return "plan" in phase ? phase.plan : "trial";
}

/**
 * Owes the deployments the terms of the plan that governs now, where they were told others. They go first: what is let
 * go afterwards runs as the plan allows from its first moment on.
 */
export function owingTerms(book: Book): Book {
  const plan = governingPlan(book.entitlement);
  if (plan === null || plan === book.termsOf) return book;
  const others = book.owed.filter(({ kind }) => kind !== "terms");
  const terms: Effect = { kind: "terms", plan, key: `terms:${plan}` };
  return { ...book, termsOf: plan, owed: [terms, ...others] };
}

/** What is owed with what joins it: of holding and letting go, and of announcing an end and taking it back, the last word counts. */
export function owing(owed: readonly Effect[], more: readonly Effect[]): readonly Effect[] {
  const opposite: Partial<Record<Effect["kind"], Effect["kind"]>> = {
    hold: "release",
    release: "hold",
    startDestroy: "stopDestroy",
    stopDestroy: "startDestroy",
  };
  let all = [...owed];
  for (const next of more) {
    if (all.some(({ key }) => key === next.key)) continue;
    all = [...all.filter(({ kind }) => kind !== opposite[next.kind]), next];
  }
  return all;
}
