import type { Context } from "hono";
import type { z } from "zod";
import { badRequest } from "./errors.ts";

/** The header a lease's holder proves itself with. */
const NONCE_HEADER = "fly-machine-lease-nonce";

/** Reads and checks a JSON body; an absent one is an empty object, as Go's decoder has it for optional bodies. */
export async function readBody<T extends z.ZodType>(c: Context, schema: T): Promise<z.infer<T>> {
  const text = await c.req.text();
  let input: unknown;
  try {
    input = text === "" ? {} : JSON.parse(text);
  } catch {
    throw badRequest("invalid request body, malformed JSON");
  }
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw badRequest(`invalid ${issue?.path.join(".") || "request body"}, ${issue?.message ?? "malformed"}`);
}

/** A path parameter; the router has matched it, so it is there. */
export function param(c: Context, name: string): string {
  return c.req.param(name) ?? "";
}

/** Go's truthy query values. */
export function flag(c: Context, name: string): boolean {
  const value = c.req.query(name);
  return value === "true" || value === "1";
}

export function nonceOf(c: Context): string | undefined {
  const nonce = c.req.header(NONCE_HEADER);
  return nonce === "" ? undefined : nonce;
}

/** A query parameter that must be a whole number when it is there. */
export function wholeNumber(c: Context, name: string): number | undefined {
  const value = c.req.query(name);
  if (value === undefined || value === "") return undefined;
  if (!/^\d+$/.test(value)) throw badRequest(`invalid ${name}, must be a whole number`);
  return Number(value);
}

/** Go clients send `null` for what they leave out. */
export function optional<T extends z.ZodType>(schema: T) {
  return schema.nullish().transform((value) => value ?? undefined);
}
