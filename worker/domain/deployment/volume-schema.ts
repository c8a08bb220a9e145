import { z } from "zod";

/** What is known of a deployment's volume. */
export const volumeSchema = {
  id: z.string(),
  region: z.string(),
  sizeGb: z.number(),
  /** Whether a machine may be put on it: a copy is being filled before it is. */
  usable: z.boolean().default(true),
  /** How long Fly keeps its snapshots; null: not known. */
  backupDays: z.number().int().nullable().default(null),
  /** A change of it may or may not have happened: look before anything else is done to it. */
  inDoubt: z.boolean().default(false),
  /** When the machine had started under which it was grown: only one that starts later sees all of it. */
  bootAfter: z.number().int().nonnegative().nullable().default(null),
};
