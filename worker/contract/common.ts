import { z } from "@hono/zod-openapi";
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

/** Anybody may call it. Every other operation needs a session: that is the default, not an option. */
export const PUBLIC: Record<string, string[]>[] = [];
export const SESSION: Record<string, string[]>[] = [{ session: [] }, { bearer: [] }];

/** Operators, by their token. */
export const OPERATOR: Record<string, string[]>[] = [{ operator: [] }];

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
  "internal.error",
  "service.unavailable",
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
