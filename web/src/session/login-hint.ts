export type LoginHint = "verified" | "refused" | null;

/** How the link of a mail went; it redirects here with the answer. */
export function loginHint(search: string): LoginHint {
  const verified = new URLSearchParams(search).get("verified");
  if (verified === "1") return "verified";
  return verified === "0" ? "refused" : null;
}
