/** What grants most goes before what grants less; among equals the newest. */
const RANK = [
  "active",
  "trialing",
  "past_due",
  "unpaid",
  "paused",
  "incomplete",
  "canceled",
  "incomplete_expired",
];

function rankOf(status: string): number {
  const rank = RANK.indexOf(status);
  // A word we don't know is looked at before what is over.
  return rank === -1 ? RANK.indexOf("incomplete") : rank;
}

/** The subscription that counts, of all that a customer ever had. */
export const governing = <S extends { status: string; created: number }>(
  subscriptions: readonly S[],
): S | null =>
  subscriptions.toSorted(
    (one, other) => rankOf(one.status) - rankOf(other.status) || other.created - one.created,
  )[0] ?? null;
