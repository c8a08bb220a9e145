/**
 * Every answer of an outside system, normalised to a closed union. `decide` switches on this, never on HTTP numbers.
 * `unknown_outcome` means that a change may or may not have happened: look before doing anything again.
 */
export type Outcome<T> =
  | { kind: "ok"; value: T }
  | { kind: "not_found" }
  | { kind: "conflict"; detail: string }
  | { kind: "rate_limited"; retryAfterMs: number | null }
  | { kind: "capacity"; detail: string }
  | { kind: "rejected"; detail: string }
  | { kind: "unavailable"; detail: string }
  | { kind: "unknown_outcome"; detail: string };

export type Problem = Exclude<Outcome<never>, { kind: "ok" }>;
