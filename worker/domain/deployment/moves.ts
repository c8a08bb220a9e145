import type { Outcome } from "../outcome.ts";
import type { Guest } from "../plans.ts";
import type { SnapshotSeen } from "./backup.ts";
import type { EffectKind, MachineState } from "./state.ts";
import type { StepName } from "./steps.ts";

/**
 * What a pass can do next: look at Fly (never changes anything), act (exactly one change), or sleep. `decide` chooses,
 * the driver carries out, `fold` and `apply` take the answer in.
 */
export type Effect = {
  kind: EffectKind;
  /** A backup's, a left-over machine's or a kept volume's id, or an address, where the kind alone doesn't say what it is done to. */
  subject?: string;
};

/** The one move that narrows the first difference between what is wanted and what is known. */
export type Gap = { step: StepName; move: Move };

export type Move =
  | { do: "act"; effect: Effect }
  | { do: "look"; look: Look }
  | { do: "wait"; until: number }
  /** `retryAfterMs`: when it is tried again by itself; null: somebody must ask. */
  | { do: "fail"; code: string; reason: string; retryAfterMs: number | null };

export type Look =
  | { kind: "app" }
  | { kind: "ip" }
  | { kind: "own_ip" }
  /** All volumes of the app that bear our name: resolves a lost create, and tells when a copy is filled. */
  | { kind: "volumes" }
  | { kind: "snapshots"; volumeId: string }
  /** All machines of the app: resolves a create whose answer was lost. */
  | { kind: "machines" }
  | { kind: "machine"; id: string }
  /** Fly's long poll; bounded, given up when a new intent arrives. */
  | { kind: "wait"; id: string; instanceId: string; until: "started" | "stopped"; timeoutSeconds: number }
  /** A machine that was set aside or replaced. */
  | { kind: "leftover"; id: string }
  /** The last lines of its log, to be shown beside a failure. */
  | { kind: "logs" };

/** One machine as Fly shows it, in our words. */
export type MachineSeen = {
  id: string;
  instanceId: string;
  state: MachineState | "destroyed";
  metadata: Readonly<Record<string, string>>;
  checks: "none" | "passing" | "failing";
  createdAt: number;
  /** What it is made from: the image as its config names it, and the volume it mounts; null where Fly doesn't say. */
  image: string | null;
  volumeId: string | null;
  /** Its size; null where Fly doesn't say, or one we don't know. */
  guest: Guest | null;
  /** Newest start, exit and pull among its latest events. */
  startedAt: number | null;
  lastExit: { at: number; exitCode: number | null; oomKilled: boolean; requested: boolean } | null;
  /** Every exit nobody asked for that Fly still lists, newest first. */
  crashedAt: readonly number[];
  /** Every start and every exit, asked for or not, that Fly still lists. */
  starts: readonly number[];
  exits: readonly number[];
  pull: string | null;
  /** Why it is `failed`, where Fly says so. */
  failure: string | null;
};

/** A volume that isn't being destroyed; `usable` once what it is copied from has arrived. */
export type VolumeSeen = {
  id: string;
  region: string;
  sizeGb: number;
  usable: boolean;
  /** How long its snapshots are kept; null where Fly doesn't say. */
  backupDays: number | null;
};

export type Seen =
  | { look: "app"; outcome: Outcome<{ organization: string }> }
  | { look: "ip"; outcome: Outcome<{ address: string } | null> }
  | { look: "own_ip"; outcome: Outcome<{ address: string } | null> }
  | { look: "volumes"; outcome: Outcome<readonly VolumeSeen[]> }
  | { look: "snapshots"; volumeId: string; outcome: Outcome<readonly SnapshotSeen[]> }
  | { look: "machines"; outcome: Outcome<readonly MachineSeen[]> }
  | { look: "machine"; outcome: Outcome<MachineSeen> }
  /** ok: the state was reached. conflict: not yet. */
  | { look: "wait"; until: "started" | "stopped"; outcome: Outcome<null> }
  | { look: "leftover"; id: string; outcome: Outcome<MachineSeen> }
  | { look: "logs"; outcome: Outcome<readonly string[]> };

/** What a change answered, by kind; `null` where nothing but success matters. */
export type EffectOutcome =
  | { effect: "create_app"; outcome: Outcome<null> }
  | { effect: "assign_ip"; outcome: Outcome<{ address: string }> }
  | { effect: "assign_own_ip"; outcome: Outcome<{ address: string }> }
  | { effect: "extend_volume"; outcome: Outcome<{ sizeGb: number; needsRestart: boolean }> }
  | { effect: "update_volume"; outcome: Outcome<{ backupDays: number }> }
  | { effect: "create_volume"; outcome: Outcome<VolumeSeen> }
  | { effect: "take_lease"; outcome: Outcome<{ nonce: string }> }
  | { effect: "create_snapshot"; outcome: Outcome<{ id: string }> }
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
        | "delete_app"
        | "release_lease"
        | "cordon_machine"
        | "uncordon_machine"
        | "delete_leftover"
        | "delete_kept_volume"
        | "release_own_ip";
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
