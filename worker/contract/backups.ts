import { createRoute, z } from "@hono/zod-openapi";
import { BACKUP_KINDS, BACKUP_STATUSES } from "../domain/deployment/backup.ts";
import { body, forAccount, instant, json, problems } from "./common.ts";
import { accepted, CHANGES, NAME_LENGTH_MAX, OWNED, params } from "./deployments.ts";

export const backupSchema = z
  .object({
    id: z.string(),
    kind: z.enum(BACKUP_KINDS).openapi({
      description:
        "`daily`: taken by Fly; `update`, `restore`: before one; `replaced`: what a failed update left, when it was put back",
    }),
    status: z.enum(BACKUP_STATUSES),
    sizeBytes: z.number().int().nullable(),
    createdAt: instant,
    expiresAt: instant.nullable(),
    reason: z.string().nullable().openapi({ description: "Why it failed" }),
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
    200: json("All of them", z.object({ items: z.array(backupSchema) })),
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
    params: params.extend({ backupId: z.string().regex(/^bkp_[a-z0-9_]{1,80}$/i) }),
    body: body(
      z.strictObject({
        into: z.enum(["same", "new"]).default("same"),
        name: z.string().trim().min(1).max(NAME_LENGTH_MAX).optional(),
      }),
    ),
  },
  responses: {
    202: accepted,
    ...problems(...CHANGES, "backup.not_found", "backup.not_ready", "quota.exceeded", "service.busy"),
  },
});
