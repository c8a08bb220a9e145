import { drizzle } from "drizzle-orm/d1";
import type { DrizzleD1Database } from "drizzle-orm/d1";

export type Db = DrizzleD1Database;

/** One handle a request; statements are prepared lazily. */
export const openDb = (binding: D1Database): Db => drizzle(binding, { casing: "snake_case" });
