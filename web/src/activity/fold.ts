import type { AuditEntry } from "../../../worker/contract/account.ts";

/**
 * What goes to a deployment's object stands on record twice: when it was asked and how it ended. The end says it all;
 * an entry whose end is not there stays, because then nobody knows it.
 */
export function foldAsked(entries: readonly AuditEntry[]): readonly AuditEntry[] {
  const ended = new Set(entries.map(({ content }) => content["asked"]));
  return entries.filter(({ id, outcome }) => outcome !== "asked" || !ended.has(id));
}
