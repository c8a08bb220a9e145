import type { AuditEntry } from "../../../worker/contract/account.ts";

const COLUMNS: readonly (readonly [string, (entry: AuditEntry) => string | null])[] = [
  ["at", ({ at }) => at],
  ["actor_kind", ({ actor }) => actor.kind],
  ["actor_id", ({ actor }) => actor.id],
  ["action", ({ action }) => action],
  ["target", ({ target }) => target],
  ["outcome", ({ outcome }) => outcome],
  ["content", ({ content }) => JSON.stringify(content)],
  ["address", ({ address }) => address],
  ["user_agent", ({ userAgent }) => userAgent],
  ["request_id", ({ requestId }) => requestId],
  ["id", ({ id }) => id],
];

/** The record as a spreadsheet takes it (RFC 4180). */
export const csvOf = (entries: readonly AuditEntry[]): string =>
  [COLUMNS.map(([name]) => name), ...entries.map((entry) => COLUMNS.map(([, read]) => read(entry)))]
    .map((cells) => `${cells.map(cellOf).join(",")}\r\n`)
    .join("");

/**
 * Strangers choose what their browser is called, and spreadsheets run what begins like a formula: such a cell gets an
 * apostrophe in front, which they take for "this is text" (OWASP, CSV injection).
 */
function cellOf(value: string | null): string {
  const text = value ?? "";
  const inert = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}
