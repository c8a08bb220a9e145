import type { PlanId } from "../plans.ts";
import { advance, isPastEnd } from "./advance.ts";
import type { Entitlement, Phase } from "./state.ts";
import { GRACE_GROWTH_MS, isHeld } from "./state.ts";

export type Access = {
  /** Machines may run and its addresses answer; else 402, and only reading, export and billing are open. */
  mayRun: boolean;
  mayCreate: boolean;
  /** More of a machine, or more disk, than there is. */
  mayScaleUp: boolean;
  /** Whose quotas hold; null: none. */
  plan: PlanId | null;
  /** For whoever is refused. */
  reason: string;
};

/** What an account may do at this moment, also when its clock was not advanced in time. */
export function access(state: Entitlement, now: number): Access {
  const { state: settled } = advance(state, null, now);
  const { phase } = settled;
  if (isHeld(phase)) return { ...NOTHING, reason: explain(settled, now).reason };
  const isSure = settled.unclear === null && !isPastEnd(settled, now);
  const mayGrow = isSure && !(phase.is === "grace" && now >= phase.since + GRACE_GROWTH_MS);
  return {
    mayRun: true,
    mayCreate: mayGrow,
    mayScaleUp: mayGrow,
    plan: phase.is === "active" || phase.is === "grace" ? phase.plan : "trial",
    reason: explain(settled, now).reason,
  };
}

const NOTHING = { mayRun: false, mayCreate: false, mayScaleUp: false, plan: null } as const;

export type Explanation = {
  phase: Phase["is"];
  /** When it becomes something else by itself; null: not at all. */
  deadlineAt: number | null;
  reason: string;
  wayOut: string;
};

/** Settled by people and a bank: its days are for asking after it. */
const isDispute = (phase: Phase): boolean => phase.is === "suspended" && phase.cause === "dispute";

const PAY = "Pay, and everything is back at once.";
const SUBSCRIBE = "Choose a plan, and everything is back at once.";

/** What a page says about it. */
export function explain(state: Entitlement, now: number): Explanation {
  const { phase } = state;
  const deadlineAt =
    phase.is === "trial"
      ? phase.endsAt
      : phase.is === "active" || phase.is === "destroyed" || isDispute(phase)
        ? null
        : phase.until;
  const told = (reason: string, wayOut: string): Explanation => ({
    phase: phase.is,
    deadlineAt,
    reason,
    wayOut,
  });
  if (!isHeld(phase) && (state.unclear !== null || isPastEnd(state, now)))
    return told(
      "We can't read your subscription right now. What runs goes on; nothing new can be made until we can.",
      "We are told of it and look into it.",
    );
  switch (phase.is) {
    case "trial":
      return told("You are on trial.", "Choose a plan before it ends.");
    case "active":
      return told("Your plan is paid.", "Cancel whenever you like.");
    case "grace":
      return told(
        "Your last payment has failed. Everything runs on for a week; nothing new from the third day on.",
        "Pay, and everything goes on as it was.",
      );
    case "suspended":
      return phase.cause === "dispute"
        ? told(
            "A payment is disputed, so everything is stopped. All data is kept.",
            "Write to us, or settle the dispute with your bank.",
          )
        : told("Your plan is not paid, so everything is stopped. All data is kept.", PAY);
    case "retention":
      return phase.cause === "trial_ended"
        ? told("Your trial has ended. Choose a plan to run deployments.", SUBSCRIBE)
        : told("Your plan has ended, so everything is stopped.", SUBSCRIBE);
    case "destroying":
      return told("Your plan has ended. Your data is about to be destroyed.", SUBSCRIBE);
    case "destroyed":
      return told("Your plan has ended and your data was destroyed.", "Choose a plan to begin anew.");
  }
}

/** Whose quotas a page shows while nothing may run. */
export const lastPlan = ({ facts }: Entitlement): PlanId => facts?.subscription?.plan ?? "trial";

/** Whether the machines of an account may run now; one without a document has no right to. */
export const mayRun = (state: Entitlement | null, now: number): boolean =>
  state !== null && access(state, now).mayRun;

const FOREVER = Number.MAX_SAFE_INTEGER;

/**
 * Until when something new may be made if nobody looks again: for the statement that takes a place of a quota, which
 * can't read the document. 0: not now.
 */
export function growsUntil(state: Entitlement, now: number): number {
  const { phase } = advance(state, null, now).state;
  if (!access(state, now).mayCreate) return 0;
  if (phase.is === "trial") return phase.endsAt;
  return phase.is === "grace" ? phase.since + GRACE_GROWTH_MS : FOREVER;
}
