import { createRoute, z } from "@hono/zod-openapi";
import { accountSchema, auditEntrySchema } from "./account.ts";
import { subscriptionSchema } from "./auth.ts";
import { backupSchema } from "./backups.ts";
import { forAccount, GUARDED, json, problems } from "./common.ts";
import { deploymentSchema, eventSchema } from "./deployments.ts";
import { invitationSchema, memberSchema } from "./members.ts";
import { secretSchema } from "./secrets.ts";
import { idOf, instant, listOf } from "./shapes.ts";
import { tokenSchema } from "./tokens.ts";

/** Everything an account owns, in the words of the other operations. */
const ROWS_MAX = 1_000_000;
const of = { deploymentId: idOf("deployment") };

const exportSchema = z
  .object({
    exportedAt: instant,
    account: accountSchema,
    subscription: subscriptionSchema.nullable(),
    members: listOf(memberSchema, ROWS_MAX),
    invitations: listOf(invitationSchema, ROWS_MAX),
    tokens: listOf(tokenSchema, ROWS_MAX),
    deployments: listOf(deploymentSchema, ROWS_MAX),
    events: listOf(eventSchema.extend(of), ROWS_MAX),
    backups: listOf(
      backupSchema
        .omit({ reason: true })
        .extend({ ...of, status: z.enum([...backupSchema.shape.status.options, "expired"]) }),
      ROWS_MAX,
    ),
    secrets: listOf(
      secretSchema.extend({ ...of, deleted: z.boolean().openapi({ description: "In this version" }) }),
      ROWS_MAX,
    ).openapi({ description: "Every version by its name; never a value" }),
    audit: listOf(auditEntrySchema, ROWS_MAX).openapi({
      description: "The newest 10,000 rows of the record; the others are read page by page",
    }),
  })
  .openapi("AccountExport");

export const exportAccount = createRoute({
  operationId: "exportAccount",
  method: "get",
  path: "/account/export",
  tags: ["account"],
  summary: "Everything the account owns, as JSON; secrets by name alone",
  ...forAccount("account:export", { stepUp: true }),
  responses: {
    200: json("The account", exportSchema),
    ...problems(...GUARDED, "account.not_found"),
  },
});
