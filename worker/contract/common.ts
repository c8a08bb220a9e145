import { z } from "@hono/zod-openapi";
import type { Access, Permission } from "../domain/access.ts";
import { ERRORS } from "../domain/errors.ts";
import type { ErrorCode } from "../domain/errors.ts";
import { count, idOf, label, listOf, sentence, shown } from "./shapes.ts";

/** How much a problem says of a request, in which as much can be wrong as its sender likes. */
export const POINTER_LENGTH_MAX = 512;
export const POINTERS_MAX = 20;

const errorCode = shown({ maxLength: 64, pattern: /^[a-z_]+\.[a-z_]+$/ });

/** RFC 9457, with our stable `code` and the id to quote when asking for help. */
export const problemSchema = z
  .object({
    type: shown({ maxLength: 128, format: "uri" }),
    title: label,
    status: count(599, 400),
    detail: sentence,
    instance: shown({ maxLength: 64, pattern: /^urn:launchpad:req_[0-9a-z]{26}$/ }),
    code: errorCode,
    requestId: idOf("request"),
    errors: listOf(
      z.object({
        pointer: shown({ maxLength: POINTER_LENGTH_MAX, format: "json-pointer" }),
        message: sentence,
      }),
      POINTERS_MAX,
    ).optional(),
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
  for (const code of new Set(codes)) {
    const { status } = ERRORS[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, same]) => [
      status,
      {
        description: same.map((one) => `\`${one}\`: ${ERRORS[one].title}`).join("; "),
        content: { "application/problem+json": { schema: problemOf(same) } },
      },
    ]),
  );
}

const made = new Map<string, z.ZodType>();

/** A problem with one of these codes and no other; made once for each list of codes. */
function problemOf(codes: readonly ErrorCode[]): z.ZodType {
  const key = codes.join();
  const schema = made.get(key) ?? problemSchema.extend({ code: errorCode.openapi({ enum: [...codes] }) });
  made.set(key, schema);
  return schema;
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
  "billing.payment_required",
] as const;

export const json = <S extends z.ZodType>(description: string, schema: S) => ({
  description,
  content: { "application/json": { schema } },
});

export const body = <S extends z.ZodType>(schema: S) => ({
  required: true,
  content: { "application/json": { schema } },
});
