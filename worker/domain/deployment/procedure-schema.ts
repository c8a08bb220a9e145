import { z } from "zod";
import { releaseSchema } from "./release.ts";

/**
 * An undertaking of several passes whose order matters: an update, a restore, a move to another host. It is part of the
 * document, so that a pass which finds it there goes on where the last one ended. `procedure.ts` drives it.
 */
const instant = z.number().int().nonnegative();

export const PROCEDURE_KINDS = ["update", "restore", "move"] as const;
export type ProcedureKind = (typeof PROCEDURE_KINDS)[number];

export const STAGES = [
  /** The exclusive right to change the machine: an operator on flyctl must not interfere. */
  "lease",
  /** The gateway is stopped cleanly, so that what is copied is whole. */
  "stop",
  /** A snapshot of the volume is taken and seen to be complete. */
  "snapshot",
  "secrets",
  /** The machine takes the new release. */
  "apply",
  /** No request reaches the machine that is set aside. */
  "cordon",
  /** A volume made from the snapshot, or forked from the old one. */
  "volume",
  /** A new machine on that volume. */
  "machine",
  /** The pair that was set aside is the present one again. */
  "swap back",
  "uncordon",
  /** The runtime's start-up probe passes. */
  "health",
  /** It keeps passing for a while. */
  "soak",
  "release",
] as const;
export type Stage = (typeof STAGES)[number];

const volumeSchema = z.object({ id: z.string(), region: z.string(), sizeGb: z.number() });
export const procedureSchema = z.object({
  kind: z.enum(PROCEDURE_KINDS),
  /** `back`: it failed on the way and what was before is being put back. */
  direction: z.enum(["forward", "back"]),
  /** The stages still to come; the first is under way. */
  path: z.array(z.enum(STAGES)),
  stageSince: instant,
  startedAt: instant,
  /** The wish it serves. */
  generation: z.number().int().nonnegative(),
  /** What is being put in place. */
  target: releaseSchema,
  /** What ran before. */
  was: releaseSchema,
  /** Our entry in `backups` for the snapshot taken on the way. */
  backupId: z.string().nullable(),
  /** What the new volume is made from, where one is made. */
  source: z.union([z.object({ snapshotId: z.string() }), z.object({ volumeId: z.string() })]).nullable(),
  /** The pair set aside while another takes its place: never started, never deleted before the new one is proven. */
  old: z
    .object({ machineId: z.string().nullable(), volume: volumeSchema, seenStoppedAt: instant.nullable() })
    .nullable(),
  cordoned: z.boolean(),
  /** Its present machine was started on the way: an exit from before says nothing of what is being put in place. */
  booted: z.boolean().default(false),
  /** Why it turned back. */
  trouble: z.object({ code: z.string(), reason: z.string(), lines: z.array(z.string()) }).nullable(),
});

/** Trouble that says nothing against its version: it could not be finished. */
export const INTERRUPTED = "update.interrupted";

export type Procedure = z.infer<typeof procedureSchema>;
