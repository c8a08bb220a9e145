import { drizzle } from "drizzle-orm/d1";
import type { DrizzleD1Database } from "drizzle-orm/d1";

export type Db = DrizzleD1Database;

/** One handle a request; statements are prepared lazily. */
export const openDb = (binding: D1Database): Db => drizzle(binding, { casing: "snake_case" });

/** Somebody else made a row of that key first. */
export const isUniqueViolation = (error: unknown): boolean =>
  error instanceof Error && /UNIQUE constraint failed/.test(`${error.message} ${String(error.cause)}`);
