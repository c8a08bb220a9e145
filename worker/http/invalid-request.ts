import type { z } from "@hono/zod-openapi";
import type { Failure } from "../platform/result.ts";
import { fail } from "../platform/result.ts";

type Issue = z.core.$ZodIssue;

/** What doesn't fit the contract, with pointers to it. Names what was sent, and says nothing of what was in it. */
export const invalidRequest = (issues: readonly Issue[]): Failure =>
  fail("request.invalid", "The request is not valid.", { errors: issues.flatMap(errorsOf) });

function errorsOf(issue: Issue): NonNullable<Failure["errors"]> {
  const pointer = issue.path.map((part) => `/${escape(String(part))}`).join("");
  if (issue.code !== "unrecognized_keys") return [{ pointer, message: issue.message }];
  // The library would quote them whole, and what is sent in the place of a name may be anything.
  const named = issue.keys.filter((key) => NAME.test(key));
  return (named.length === 0 ? [pointer] : named.map((key) => `${pointer}/${key}`)).map((where) => ({
    pointer: where,
    message: named.length === 0 ? "has a field that is not known here" : "is not known here",
  }));
}

/** What the fields of this API look like. */
const NAME = /^[a-z][A-Za-z]{0,31}$/;

/** RFC 6901 §3. */
const escape = (part: string): string => part.replaceAll("~", "~0").replaceAll("/", "~1");
