import { z } from "zod";
import { egressSchema } from "../egress.ts";
import type { JsonObject } from "../json.ts";
import { TIERS } from "../plans.ts";

/** What a machine is made from, apart from what the house adds: the unit that is updated, kept and put back. */
export const releaseSchema = z.object({
  runtimeVersion: z.string(),
  /** The customer's part of the runtime's config. */
  config: z.custom<JsonObject>(
    (value) => typeof value === "object" && value !== null && !Array.isArray(value),
  ),
  /** What it may reach beside what everybody may. */
  egress: egressSchema.default([]),
  /** What its secrets are: the number of the vault's newest change that counts. */
  secretsRevision: z.number().int().nonnegative().default(0),
  /** How big its machine is. */
  tier: z.enum(TIERS),
  /** The generation that asked for it; machines carry it as metadata. */
  configGeneration: z.number().int().nonnegative(),
});

export type Release = z.infer<typeof releaseSchema>;

/** The same, cut out of something bigger. */
export const releaseOf = ({
  runtimeVersion,
  config,
  egress,
  secretsRevision,
  tier,
  configGeneration,
}: Release): Release => ({
  runtimeVersion,
  config,
  egress,
  secretsRevision,
  tier,
  configGeneration,
});
