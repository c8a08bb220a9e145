import type { AuditEntry } from "../../../worker/contract/account.ts";

/** The date in the newest entry that says that the account is closing. */
export function closingDate(entries: readonly Pick<AuditEntry, "action" | "content">[]): string | null {
  const closesAt = entries.find(({ action }) => action === "account.closing")?.content["closesAt"];
  return typeof closesAt === "string" && !Number.isNaN(Date.parse(closesAt)) ? closesAt : null;
}
