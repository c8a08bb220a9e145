import type { Standing } from "./facts.ts";
import { noticesOf } from "./notices.ts";
import type { Phase, PhaseOf } from "./state.ts";
import { GRACE_MS, RETENTION_MS, SUSPENDED_MS, TOMBSTONE_MS, TRIAL_RETENTION_MS } from "./state.ts";

type EndCause = PhaseOf<"retention">["cause"];

const grace = (plan: PhaseOf<"grace">["plan"], since: number): Phase => ({
  is: "grace",
  plan,
  since,
  until: since + GRACE_MS,
  told: 0,
});

const suspended = (cause: PhaseOf<"suspended">["cause"], since: number): Phase => ({
  is: "suspended",
  cause,
  since,
  until: since + SUSPENDED_MS,
  told: 0,
});

const retention = (cause: EndCause, since: number): Phase => ({
  is: "retention",
  cause,
  since,
  until: since + (cause === "trial_ended" ? TRIAL_RETENTION_MS : RETENTION_MS),
  told: 0,
});

/** What Stripe's facts make of a phase; the same one where they change nothing. `at`: when they became true for us. */
export function react(
  phase: Phase,
  standing: Standing,
  plan: PhaseOf<"grace">["plan"] | null,
  at: number,
): Phase {
  switch (standing.is) {
    case "paid":
      return { is: "active", plan: standing.plan };
    case "pending":
    case "none":
      return whenOver(phase, at);
    case "late":
      if (phase.is === "active") return grace(phase.plan, at);
      if (phase.is === "trial" && plan !== null) return grace(plan, at);
      return afterDispute(phase, at);
    case "unpaid":
      return phase.is === "trial" || phase.is === "active" || phase.is === "grace"
        ? suspended("unpaid", at)
        : afterDispute(phase, at);
    case "disputed":
      return phase.is === "destroyed" || (phase.is === "suspended" && phase.cause === "dispute")
        ? phase
        : suspended("dispute", at);
    case "unclear":
      return phase.is === "destroying" ? backFromDestroying(phase, at) : phase;
  }
}

function whenOver(phase: Phase, at: number): Phase {
  switch (phase.is) {
    case "active":
      return retention("cancelled", at);
    case "grace":
      return retention("unpaid", at);
    case "suspended":
      return retention(phase.cause === "unpaid" ? "unpaid" : "cancelled", at);
    case "trial":
    case "retention":
    case "destroying":
    case "destroyed":
      return phase;
  }
}

const afterDispute = (phase: Phase, at: number): Phase =>
  phase.is === "suspended" && phase.cause === "dispute" ? suspended("unpaid", at) : phase;

/** Everybody was told of everything already; once it is clear again, the tombstone's time begins anew. */
function backFromDestroying({ cause }: PhaseOf<"destroying">, at: number): Phase {
  const back = { is: "retention", cause, since: at, until: at, told: 0 } as const;
  return { ...back, told: noticesOf(back).length };
}

/** What our own clock makes of a phase at its deadline `at`, which may be long past. */
export function expire(phase: Phase, at: number, now: number): Phase {
  switch (phase.is) {
    case "trial":
      return retention("trial_ended", at);
    case "grace":
      return suspended("unpaid", at);
    case "suspended":
      return phase.cause === "dispute" ? suspended("dispute", at) : retention("unpaid", at);
    case "retention":
      // Whatever we have slept through: nobody's data goes without a whole day between the word and the deed.
      return { is: "destroying", cause: phase.cause, since: now, until: now + TOMBSTONE_MS, told: 0 };
    case "active":
    case "destroying":
    case "destroyed":
      return phase;
  }
}
