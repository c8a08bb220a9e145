import { DAY_MS } from "../../platform/clock.ts";
import type { AlertName, MailName } from "./effects.ts";
import type { Phase } from "./state.ts";

/** What people are told in each phase, by the time since it began. Each once: `told` counts them off. */
type Notice = { afterMs: number } & (
  | { to: "customer"; kind: MailName }
  | { to: "operators"; kind: AlertName }
);

const mail = (day: number, kind: MailName): Notice => ({ afterMs: day * DAY_MS, to: "customer", kind });
const alert = (day: number, kind: AlertName): Notice => ({ afterMs: day * DAY_MS, to: "operators", kind });

const GRACE = [mail(0, "grace.day0"), mail(3, "grace.day3"), mail(6, "grace.day6")];
const UNPAID = [mail(0, "suspended.unpaid")];
/** A person decides; asked again with every 30 days. */
const DISPUTE = [mail(0, "suspended.dispute"), alert(0, "dispute")];
const RETENTION = [mail(0, "retention.day0"), mail(14, "retention.day14"), mail(27, "retention.day27")];
const TRIAL_RETENTION = [mail(0, "trial_ended.day0"), mail(5, "trial_ended.day5")];
/** Stripe has not answered for two days: nothing is destroyed, and somebody should look. */
const DESTROYING = [mail(0, "destroying"), alert(3, "recheck_overdue")];
const DESTROYED = [mail(0, "destroyed")];

export function noticesOf(phase: Phase): readonly Notice[] {
  switch (phase.is) {
    case "trial":
    case "active":
      return [];
    case "grace":
      return GRACE;
    case "suspended":
      return phase.cause === "dispute" ? DISPUTE : UNPAID;
    case "retention":
      return phase.cause === "trial_ended" ? TRIAL_RETENTION : RETENTION;
    case "destroying":
      return DESTROYING;
    case "destroyed":
      return DESTROYED;
  }
}
