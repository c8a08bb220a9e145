import { planTitle } from "./words.ts";

/** One row of the history: what people saw of the plan before a change and after it. */
export type Change = { before: Readonly<Record<string, unknown>>; after: Readonly<Record<string, unknown>> };

const PHASES: Readonly<Record<string, (change: Change) => string>> = {
  trial: () => "The trial began",
  active: ({ before, after }) => {
    const plan = planTitle(textIn(after, "plan") ?? "plan");
    return before["phase"] === "grace" || before["phase"] === "suspended"
      ? `Paid: the ${plan} plan goes on`
      : `The ${plan} plan began`;
  },
  grace: () => "A payment failed; a week to pay began",
  suspended: ({ after }) =>
    after["disputed"] === true
      ? "A payment is disputed: the assistants were stopped"
      : "Not paid: the assistants were stopped, their data kept",
  retention: ({ before }) => {
    if (before["phase"] === "destroying") return "The end of the data was put off";
    return before["phase"] === "trial"
      ? "The trial ended: the assistants were stopped, their data kept"
      : "The plan ended: the assistants were stopped, their data kept";
  },
  destroying: () => "The end of the data was announced",
  destroyed: () => "The data was deleted",
};

/** What happened, in words; a change of several things at once is told by its weightiest. */
export function changeWords(change: Change, date: (at: number) => string): string {
  const { before, after } = change;
  const hasChanged = (key: string): boolean => before[key] !== after[key];
  const phase = textIn(after, "phase") ?? "";
  if (hasChanged("phase")) return PHASES[phase]?.(change) ?? `Now: ${phase}`;
  if (hasChanged("plan") || (hasChanged("priced") && textIn(after, "priced") !== null))
    return `The plan is ${planTitle(textIn(after, "plan") ?? textIn(after, "priced") ?? "none")} now`;
  if (hasChanged("unclear"))
    return after["unclear"] === null
      ? "The subscription can be read again"
      : "The subscription couldn’t be read";
  if (hasChanged("disputed"))
    return after["disputed"] === true ? "A payment is disputed" : "The dispute is over";
  const [cancelAt, paidUntil] = [numberIn(after, "cancelAt"), numberIn(after, "paidUntil")];
  if (hasChanged("cancelAt") && textIn(after, "status") !== "canceled")
    return cancelAt === null ? "The cancellation was taken back" : `Cancelled, to end on ${date(cancelAt)}`;
  const next = textIn(after, "next");
  if (textIn(before, "next") !== next && !hasChanged("priced"))
    return next === null
      ? "The change of plan was taken back"
      : `To become ${planTitle(next)} on ${date(numberIn(after, "nextAt") ?? 0)}`;
  if (hasChanged("paidUntil") && paidUntil !== null) return `Paid until ${date(paidUntil)}`;
  if (hasChanged("status")) return STATUS_WORDS[textIn(after, "status") ?? ""] ?? "The subscription changed";
  return "The subscription changed";
}

const STATUS_WORDS: Readonly<Record<string, string>> = {
  active: "The subscription is paid",
  past_due: "A payment is late",
  unpaid: "Stripe stopped trying to collect a payment",
  canceled: "The subscription ended at Stripe",
  incomplete: "A first payment is under way",
  incomplete_expired: "A first payment did not come about",
};

/** Whose doing it was, for the end of the line. */
export function actorWords(actor: string, emailOf: (userId: string) => string | null): string {
  switch (actor) {
    case "stripe":
      return "told by Stripe";
    case "clock":
      return "by itself";
    case "operator":
      return "by Launchpad’s operators";
    default:
      return `by ${emailOf(actor) ?? "a former member"}`;
  }
}

function textIn(values: Readonly<Record<string, unknown>>, key: string): string | null {
  const value = values[key];
  return typeof value === "string" ? value : null;
}

function numberIn(values: Readonly<Record<string, unknown>>, key: string): number | null {
  const value = values[key];
  return typeof value === "number" ? value : null;
}
