import { z } from "@hono/zod-openapi";
import type { IdKind } from "../domain/ids.ts";
import { ID_PREFIXES, idPattern } from "../domain/ids.ts";

/**
 * What texts and numbers look like. What an answer's texts promise stands in the document, and `test/contract` holds
 * every answer to it; clients don't: no page should go blank because a sentence is longer than it was meant to be.
 */
type Shape = { maxLength: number; pattern?: RegExp; format?: string; example?: string; description?: string };

export const shown = ({ pattern, ...rest }: Shape) =>
  z.string().openapi({ ...rest, ...(pattern === undefined ? {} : { pattern: pattern.source }) });

/** One line: no control characters. */
export const ONE_LINE = /^[^\u0000-\u001f\u007f]*$/; // oxlint-disable-line no-control-regex -- They are what it is about.
export const sentence = shown({ maxLength: 2_000, pattern: ONE_LINE });
export const label = shown({ maxLength: 200, pattern: ONE_LINE });

/** An id in an answer. */
export const idOf = (...kinds: readonly [IdKind, ...IdKind[]]) =>
  shown({
    maxLength: ID_LENGTH_MAX,
    pattern:
      kinds.length === 1
        ? idPattern(kinds[0])
        : new RegExp(`^(${kinds.map((kind) => ID_PREFIXES[kind]).join("|")})_[0-9a-z]{26}$`),
  });
export const ID_LENGTH_MAX = 40;

/** 256 bits as base64url: a session's token, or what a mailed link carries. */
export const TOKEN = /^[A-Za-z0-9_-]{43}$/;
export const TOKEN_LENGTH = 43;
export const shownToken = shown({ maxLength: TOKEN_LENGTH, pattern: TOKEN });

export const EMAIL_LENGTH_MAX = 254;
export const shownEmail = shown({ maxLength: EMAIL_LENGTH_MAX, format: "email" });

const INT32_MAX = 2 ** 31 - 1;

/** A whole number from 0 on. */
export const count = (max = INT32_MAX, min = 0) =>
  z.number().int().min(min).max(max).openapi({ format: "int32" });
export const bigCount = () =>
  z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).openapi({ format: "int64" });

const INSTANT_LENGTH_MAX = 32;
export const instant = z.iso
  .datetime()
  .max(INSTANT_LENGTH_MAX)
  .openapi({ maxLength: INSTANT_LENGTH_MAX, example: "2026-11-23T21:04:00.000Z" });

/** A list with its bound; like a text's, an answer's is held to it by tests. */
export const listOf = <S extends z.ZodType>(item: S, maxItems: number) => z.array(item).openapi({ maxItems });

/** A whole number in a query: digits and nothing else that could be read as one. */
export const queryCount = (max: number) =>
  z
    .string()
    .regex(/^[0-9]{1,16}$/, "must be a whole number")
    .transform(Number)
    .pipe(z.number().int().min(1).max(max))
    .openapi({ type: "integer", format: max > INT32_MAX ? "int64" : "int32", minimum: 1, maximum: max });

export const limitQuery = (fallback: number, max: number) =>
  queryCount(max).default(fallback).openapi({ default: fallback });
