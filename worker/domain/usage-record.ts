import { z } from "zod";
import type { Guest } from "./plans.ts";

/**
 * Since when and until when a machine ran or a volume existed. The lifecycle writes them as things begin and end;
 * what was used, and what it costs, is computed from nothing else.
 */
const instant = z.number().int().nonnegative();

export const guestSchema: z.ZodType<Guest> = z.object({
  cpuKind: z.enum(["shared", "performance"]),
  cpus: z.number().int().positive(),
  memoryMb: z.number().int().positive(),
});

const spanShape = {
  deploymentId: z.string(),
  /** The machine or volume. */
  resourceId: z.string(),
  from: instant,
  /** null: still so. */
  to: instant.nullable(),
};

export const usageRecordSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("machine"), ...spanShape, guest: guestSchema }),
  z.object({
    kind: z.literal("volume"),
    ...spanShape,
    sizeGb: z.number(),
    /** What the plan includes of it; null: nothing beyond is charged, as it isn't the customer's present disk. */
    includedGb: z.number().nullable(),
  }),
]);
export type UsageRecord = z.infer<typeof usageRecordSchema>;

/** The same for the same beginning: told again, with its end, it replaces itself. */
export const usageRecordId = ({ kind, resourceId, from }: UsageRecord): string =>
  `${kind}:${resourceId}:${from}`;
