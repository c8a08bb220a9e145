export type LoginHint = "verified" | "refused" | "reset" | null;

/** How the link of a mail went; it redirects here with the answer. */
export function loginHint(search: string): LoginHint {
  const query = new URLSearchParams(search);
  if (query.get("reset") === "1") return "reset";
  const verified = query.get("verified");
  if (verified === "1") return "verified";
  return verified === "0" ? "refused" : null;
}
