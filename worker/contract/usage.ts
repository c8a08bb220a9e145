import { createRoute, z } from "@hono/zod-openapi";
import { forAccount, GUARDED, json, problems } from "./common.ts";
import { OWNED, params } from "./deployments.ts";
import { NAME_LENGTH_MAX } from "./fields.ts";
import { bigCount, count, idOf, instant, label, listOf, ONE_LINE, shown } from "./shapes.ts";

/** What deployments used, and what that adds to the bill. Seconds and GB-seconds are whole. */
export const USAGE_DAYS = 31;
const SIZES_MAX = 100;
/** Of an account, the longest in use first. */
export const USED_DEPLOYMENTS_MAX = 1_000;

const usedShape = {
  machines: listOf(z.object({ size: label, seconds: bigCount() }), SIZES_MAX).openapi({
    description: "How long machines ran, by their size",
  }),
  diskGbSeconds: bigCount().openapi({ description: "All disks, those that are kept aside included" }),
  extraDiskGbSeconds: bigCount().openapi({
    description: "Of the present disk, what the plan doesn't include",
  }),
  egressBytes: bigCount().nullable().openapi({ description: "Null: not measured" }),
  extraCents: count().openapi({ description: "What this adds to the bill so far" }),
  extraForecastCents: count().openapi({ description: "At the month's end, if what there is now stays" }),
};

const monthShape = {
  from: instant.openapi({ description: "Beginning of the calendar month, in UTC" }),
  to: instant.openapi({ description: "Until now" }),
};

export const usageSchema = z
  .object({
    ...monthShape,
    ...usedShape,
    days: listOf(
      z.object({
        day: instant.openapi({ description: "Its beginning, in UTC" }),
        machineSeconds: bigCount(),
        diskGbSeconds: bigCount(),
        extraDiskGbSeconds: bigCount(),
      }),
      USAGE_DAYS,
    ).openapi({ description: "The last days, the oldest first; the last is today, so far" }),
  })
  .openapi("Usage");
export type Usage = z.infer<typeof usageSchema>;

export const readUsage = createRoute({
  operationId: "readUsage",
  method: "get",
  path: "/deployments/{id}/usage",
  tags: ["deployments"],
  summary: "What it used this month, and on each of the last days",
  ...forAccount("deployments:read"),
  request: { params },
  responses: { 200: json("Its usage", usageSchema), ...problems(...OWNED) },
});

export const accountUsageSchema = z
  .object({
    ...monthShape,
    extraCents: count(),
    extraForecastCents: count(),
    deployments: listOf(
      z.object({
        id: idOf("deployment"),
        name: shown({ maxLength: NAME_LENGTH_MAX, pattern: ONE_LINE }),
        ...usedShape,
      }),
      USED_DEPLOYMENTS_MAX,
    ).openapi({ description: "Whatever was used this month, by the deployment that used it" }),
  })
  .openapi("AccountUsage");
export type AccountUsage = z.infer<typeof accountUsageSchema>;

export const readAccountUsage = createRoute({
  operationId: "readAccountUsage",
  method: "get",
  path: "/billing/usage",
  tags: ["billing"],
  summary: "What the account used this month, by deployment",
  ...forAccount("billing:read"),
  responses: { 200: json("The account's usage", accountUsageSchema), ...problems(...GUARDED) },
});
