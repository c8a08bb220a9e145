import { createRoute, z } from "@hono/zod-openapi";
import { BACKUP_KINDS, BACKUP_STATUSES } from "../domain/deployment/backup.ts";
import { body, forAccount, json, problems } from "./common.ts";
import { accepted, CHANGES, OWNED, params } from "./deployments.ts";
import { displayName } from "./fields.ts";
import { bigCount, instant, listOf, sentence, shown } from "./shapes.ts";

/** Ours are ULIDs; those that Fly takes by itself bear Fly's own id. */
const BACKUP_ID = /^bkp_[A-Za-z0-9_]{1,80}$/;
const BACKUP_ID_LENGTH_MAX = 84;
const BACKUPS_MAX = 40;

export const backupSchema = z
  .object({
    id: shown({ maxLength: BACKUP_ID_LENGTH_MAX, pattern: BACKUP_ID }),
    kind: z.enum(BACKUP_KINDS).openapi({
      description:
        "`daily`: taken by Fly; `update`, `restore`: before one; `replaced`: what a failed update left, when it was put back",
    }),
    status: z.enum(BACKUP_STATUSES),
    sizeBytes: bigCount().nullable(),
    createdAt: instant,
    expiresAt: instant.nullable(),
    reason: sentence.nullable().openapi({ description: "Why it failed" }),
  })
  .openapi("Backup");
export type Backup = z.infer<typeof backupSchema>;

export const listBackups = createRoute({
  operationId: "listBackups",
  method: "get",
  path: "/deployments/{id}/backups",
  tags: ["backups"],
  summary: "Its backups, newest first",
  ...forAccount("backups:read"),
  request: { params },
  responses: {
    200: json("All of them", z.object({ items: listOf(backupSchema, BACKUPS_MAX) })),
    ...problems(...OWNED),
  },
});

export const createBackup = createRoute({
  operationId: "createBackup",
  method: "post",
  path: "/deployments/{id}/backups",
  tags: ["backups"],
  summary: "Take a backup; the assistant goes on running",
  ...forAccount("backups:write"),
  request: { params },
  responses: {
    202: json("Asked for; listed with its status", backupSchema),
    ...problems(...OWNED, "deployment.state_conflict"),
  },
});

export const restoreBackup = createRoute({
  operationId: "restoreBackup",
  method: "post",
  path: "/deployments/{id}/backups/{backupId}/restore",
  tags: ["backups"],
  summary: "Put the deployment back to it, or make a new deployment from it",
  ...forAccount("backups:write"),
  request: {
    params: params.extend({ backupId: z.string().max(BACKUP_ID_LENGTH_MAX).regex(BACKUP_ID) }),
    body: body(
      z.strictObject({
        into: z.enum(["same", "new"]).default("same"),
        name: displayName.optional(),
      }),
    ),
  },
  responses: {
    202: accepted,
    ...problems(
      ...CHANGES,
      "backup.not_found",
      "backup.not_ready",
      "quota.exceeded",
      "billing.spend_cap",
      "service.busy",
    ),
  },
});
