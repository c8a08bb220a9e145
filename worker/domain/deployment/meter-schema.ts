import { z } from "zod";
import { guestSchema, usageRecordSchema } from "../usage-record.ts";

/** What the document remembers of what is used now; `meter.ts` keeps it. */
const instant = z.number().int().nonnegative();

const toldSchema = z.object({
  /** +1 with every telling of this deployment: the newest of an id holds. */
  version: z.number().int().positive(),
  record: usageRecordSchema,
});
export type UsageTold = z.infer<typeof toldSchema>;

export const meterSchema = z.object({
  version: z.number().int().nonnegative(),
  machines: z.array(
    z.object({
      id: z.string(),
      /** The present run's beginning; null: it doesn't run. */
      runningSince: instant.nullable(),
      /** What the present run has. */
      guest: guestSchema.nullable(),
      /** The newest of Fly's events that is accounted for, by Fly's clock. */
      eventsUpTo: instant,
      /** When it was last surely seen running. */
      seenAt: instant,
    }),
  ),
  volumes: z.array(
    z.object({ id: z.string(), since: instant, sizeGb: z.number(), includedGb: z.number().nullable() }),
  ),
  /** What began or ended and the read model hasn't confirmed yet; told again until it has. */
  untold: z.array(toldSchema),
});
export type Meter = z.infer<typeof meterSchema>;

export const NEW_METER: Meter = { version: 0, machines: [], volumes: [], untold: [] };
