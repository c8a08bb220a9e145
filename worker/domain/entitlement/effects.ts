import type { PlanId } from "../plans.ts";
import type { Phase } from "./state.ts";
import { isHeld } from "./state.ts";

/** Each names a letter. */
export type MailName =
  | `grace.day${0 | 3 | 6}`
  | "suspended.unpaid"
  | "suspended.dispute"
  | `retention.day${0 | 14 | 27}`
  | `trial_ended.day${0 | 5}`
  | "destroying"
  | "destroyed"
  | "restored";

/** Each is something an operator should look at. */
export type AlertName =
  | "dispute"
  | "recheck_overdue"
  | "paid_after_destruction"
  | `unclear.${"status" | "price" | "vanished"}`;

/**
 * What is to be done, as data. Its key is the same however often it is asked for: whoever carries it out remembers the
 * keys, or does something that may be done twice.
 */
export type Effect = { key: string } &
  /** Every deployment is told what this plan allows. */
  (
    | { kind: "terms"; plan: PlanId }
    | { kind: "hold" }
    | { kind: "release" }
    | { kind: "mail"; mail: MailName }
    | { kind: "alert"; alert: AlertName }
    /** The tombstone: announced, nothing gone yet. */
    | { kind: "startDestroy" }
    /** The tombstone is taken away. */
    | { kind: "stopDestroy" }
    | { kind: "destroy" }
  );

export const mail = (name: MailName, turn: number): Effect => ({
  kind: "mail",
  mail: name,
  key: `mail:${name}:${turn}`,
});

/** `when`: a turn, or the reading that gave rise to it. */
export const alert = (name: AlertName, when: number): Effect => ({
  kind: "alert",
  alert: name,
  key: `alert:${name}:${when}`,
});

/** What goes with the step from one phase to the next, in the order it is to be done. */
export function effectsOf(from: Phase, to: Phase, turn: number): readonly Effect[] {
  const plain = (kind: "hold" | "release" | "startDestroy" | "stopDestroy" | "destroy"): Effect => ({
    kind,
    key: `${kind}:${turn}`,
  });
  const effects: Effect[] = [];
  if (!isHeld(from) && isHeld(to)) effects.push(plain("hold"));
  if (to.is === "destroying") effects.push(plain("startDestroy"));
  if (from.is === "destroying" && to.is !== "destroyed") effects.push(plain("stopDestroy"));
  if (to.is === "destroyed") effects.push(plain("destroy"));
  if (isHeld(from) && !isHeld(to)) effects.push(plain("release"), mail("restored", turn));
  if (from.is === "destroyed") effects.push(alert("paid_after_destruction", turn));
  return effects;
}
