import type { Outcome } from "../outcome.ts";
import type { EffectKind, MachineState } from "./state.ts";
import type { StepName } from "./steps.ts";

/**
 * What a pass can do next: look at Fly (never changes anything), act (exactly one change), or sleep. `decide` chooses,
 * the driver carries out, `fold` and `apply` take the answer in.
 */
export type Effect = { kind: EffectKind };

export type Look =
  | { kind: "app" }
  | { kind: "ip" }
  | { kind: "volume" }
  /** All machines of the app: resolves a create whose answer was lost. */
  | { kind: "machines" }
  | { kind: "machine"; id: string }
  /** Fly's long poll; bounded, given up when a new intent arrives. */
  | { kind: "wait"; id: string; instanceId: string; until: "started" | "stopped"; timeoutSeconds: number }
  /** The gateway itself, for runtimes without a probe. */
  | { kind: "gateway"; id: string };

/** One machine as Fly shows it, in our words. */
export type MachineSeen = {
  id: string;
  instanceId: string;
  state: MachineState | "destroyed";
  metadata: Readonly<Record<string, string>>;
  checks: "none" | "passing" | "failing";
  createdAt: number;
  /** Newest start, exit and pull among its latest events. */
  startedAt: number | null;
  lastExit: { at: number; exitCode: number | null; oomKilled: boolean; requested: boolean } | null;
  pull: string | null;
  /** Why it is `failed`, where Fly says so. */
  failure: string | null;
};

export type Seen =
  | { look: "app"; outcome: Outcome<{ organization: string }> }
  | { look: "ip"; outcome: Outcome<{ address: string } | null> }
  | { look: "volume"; outcome: Outcome<{ id: string; region: string; sizeGb: number } | null> }
  | { look: "machines"; outcome: Outcome<readonly MachineSeen[]> }
  | { look: "machine"; outcome: Outcome<MachineSeen> }
  /** ok: the state was reached. conflict: not yet. */
  | { look: "wait"; until: "started" | "stopped"; outcome: Outcome<null> }
  | { look: "gateway"; outcome: Outcome<null> };

/** What a change answered, by kind; `null` where nothing but success matters. */
export type EffectOutcome =
  | { effect: "create_app"; outcome: Outcome<null> }
  | { effect: "assign_ip"; outcome: Outcome<{ address: string }> }
  | { effect: "create_volume"; outcome: Outcome<{ id: string; region: string; sizeGb: number }> }
  | { effect: "set_secrets"; outcome: Outcome<{ version: number }> }
  | { effect: "create_machine"; outcome: Outcome<MachineSeen> }
  | { effect: "update_machine"; outcome: Outcome<MachineSeen> }
  | {
      effect:
        | "start_machine"
        | "stop_machine"
        | "restart_machine"
        | "delete_machine"
        | "delete_volume"
        | "delete_app";
      outcome: Outcome<null>;
    };

export type EventState = "done" | "progress" | "failed" | "note";

/** A line of the timeline. */
export type TimelineEvent = {
  at: number;
  generation: number;
  step: StepName;
  state: EventState;
  message: string;
  /** How long the step took, for `done` and `failed`. */
  durationMs: number | null;
};
