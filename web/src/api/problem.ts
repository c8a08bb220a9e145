import { ApiProblem } from "../../../worker/contract/client.ts";

/** What went wrong, in the words a person reads. */
export type Trouble = {
  title: string;
  detail: string;
  /** To quote when asking for help; null when there is nothing to ask. */
  requestId: string | null;
};

/** Something the browser refused by itself, in words for its user. */
export class BrowserTrouble extends Error {
  override name = "BrowserTrouble";
  readonly title: string;

  constructor(title: string, detail: string, options?: ErrorOptions) {
    super(detail, options);
    this.title = title;
  }
}

/** A wrong password, a used-up plan, a field, too many tries: whoever reads it knows what to do. */
const SELF_HELP: ReadonlySet<number> = new Set([401, 402, 403, 422, 429]);

export function troubleOf(error: unknown): Trouble {
  if (error instanceof ApiProblem) {
    const { title, detail, requestId, status } = error.problem;
    return { title, detail, requestId: requestId === "" || SELF_HELP.has(status) ? null : requestId };
  }
  if (error instanceof BrowserTrouble) return { title: error.title, detail: error.message, requestId: null };
  // `fetch` throws a TypeError when no answer came; anything else is an answer that strays from the contract.
  return error instanceof TypeError
    ? {
        title: "Launchpad can't be reached",
        detail: "Check your connection and try again.",
        requestId: null,
      }
    : {
        title: "Unexpected answer",
        detail: "This page may be older than the service. Reload it and try again.",
        requestId: null,
      };
}

export const codeOf = (error: unknown): string | null =>
  error instanceof ApiProblem ? error.problem.code : null;

/** The proof that was asked for was not given: whoever closed that question knows, and needs no telling. */
export const isWaivedProof = (error: unknown): boolean => codeOf(error) === "auth.step_up_required";

/** What a larger plan, or a paid one, would allow. */
export const asksForPlan = (error: unknown): boolean =>
  ["billing.payment_required", "quota.exceeded"].includes(codeOf(error) ?? "");

/** The message for one field of a form (`/name`), if the API had one. */
export function fieldError(error: unknown, pointer: string): string | null {
  if (!(error instanceof ApiProblem)) return null;
  const found = error.problem.errors?.find((each) => each.pointer === pointer);
  return found === undefined ? null : sentence(found.message);
}

/** The same as the properties of an input. Kumo shows the message; that the field is wrong we say ourselves. */
export function inputError(error: unknown, pointer: string): { error?: string; "aria-invalid"?: true } {
  const message = fieldError(error, pointer);
  return message === null ? {} : { error: message, "aria-invalid": true };
}

/** Whether every part of the problem is shown beside a field, so that it needs no banner of its own. */
export function isAboutFields(error: unknown, pointers: readonly string[]): boolean {
  if (!(error instanceof ApiProblem)) return false;
  const errors = error.problem.errors ?? [];
  return errors.length > 0 && errors.every(({ pointer }) => pointers.includes(pointer));
}

const sentence = (text: string): string => {
  const capital = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
};
