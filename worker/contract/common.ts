import { z } from "@hono/zod-openapi";
import type { Access, Permission } from "../domain/access.ts";
import { ERRORS } from "../domain/errors.ts";
import type { ErrorCode } from "../domain/errors.ts";

/** RFC 9457, with our stable `code` and the id to quote when asking for help. */
export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    instance: z.string(),
    code: z.string(),
    requestId: z.string(),
    errors: z.array(z.object({ pointer: z.string(), message: z.string() })).optional(),
  })
  .openapi("Problem");
export type Problem = z.infer<typeof problemSchema>;

const SIGNED_IN: Record<string, string[]>[] = [{ session: [] }, { bearer: [] }];

/**
 * Who an operation is for: spread into its definition. It carries what OpenAPI can say (`security`) and what the guard
 * goes by (`x-access`). An operation without it can't be registered.
 */
export const forAnybody = { security: [] as Record<string, string[]>[], ...asked({ who: "anybody" }) };
export const forOperators = { security: [{ operator: [] }], ...asked({ who: "operator" }) };
/** The signed-in person, about themself. */
export const forPerson = (options: { stepUp?: boolean } = {}) => ({
  security: SIGNED_IN,
  ...asked({ who: "person", ...options }),
});
/** Whoever has the permission in the account they act for: a person by their role, a token by its scopes. */
export const forAccount = (permission: Permission, options: { stepUp?: boolean } = {}) => ({
  security: SIGNED_IN,
  ...asked({ who: "account", permission, ...options }),
});

function asked(access: Access): { "x-access": Access } {
  return { "x-access": access };
}

/** The OpenAPI responses for a list of error codes, grouped by status as HTTP wants it. */
export function problems(...codes: readonly ErrorCode[]) {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of codes) {
    const { status } = ERRORS[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, same]) => [
      status,
      {
        description: same.map((code) => `\`${code}\`: ${ERRORS[code].title}`).join("; "),
        content: { "application/problem+json": { schema: problemSchema } },
      },
    ]),
  );
}

/** What any operation may answer. */
export const COMMON = [
  "request.malformed",
  "request.invalid",
  "rate.limited",
  "internal.error",
  "service.unavailable",
] as const;

/** What any operation for somebody who is signed in may answer. */
export const GUARDED = [
  ...COMMON,
  "auth.required",
  "auth.origin_refused",
  "auth.step_up_required",
  "access.denied",
  "access.scope_missing",
  "account.suspended",
] as const;

export const json = <S extends z.ZodType>(description: string, schema: S) => ({
  description,
  content: { "application/json": { schema } },
});

export const body = <S extends z.ZodType>(schema: S) => ({
  required: true,
  content: { "application/json": { schema } },
});

export const instant = z.iso.datetime().openapi({ example: "2026-11-23T21:04:00.000Z" });

export const limitQuery = (fallback: number, max: number) =>
  z.coerce.number().int().min(1).max(max).default(fallback);
