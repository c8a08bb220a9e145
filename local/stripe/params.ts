import { z } from "zod";
import { invalid } from "./errors.ts";
import type { Form } from "./form.ts";

/** What parameters are made of: a form knows strings alone. */
export const text = z.string().min(1).max(5_000);
export const integer = z
  .string()
  .regex(/^-?\d{1,15}$/, "Invalid integer")
  .transform(Number);
export const count = integer.refine((value) => value >= 0, "This value must be greater than or equal to 0.");
export const flag = z.enum(["true", "false"]).transform((value) => value === "true");
/** Epoch seconds; milliseconds are somebody's mistake. */
export const instant = count.refine(
  (value) => value < 100_000_000_000,
  "Invalid timestamp: seconds are asked for.",
);
/** An empty string clears. */
export const clearable = <T extends z.ZodType>(schema: T) =>
  z.union([z.literal("").transform(() => null), schema]);

const metadataMap = z.record(z.string().max(40), z.string().max(500));
/** Keys are merged into what is there; an empty value removes its key, an empty string all of them. */
export const metadata = z.union([z.literal("").transform(() => null), metadataMap]);
export type MetadataInput = z.output<typeof metadata>;

export function mergeMetadata(before: Record<string, string>, input: MetadataInput | undefined) {
  if (input === null) return {};
  return Object.fromEntries(Object.entries({ ...before, ...input }).filter(([, value]) => value !== ""));
}

/** Taken and not acted upon: it changes nothing in what this server stands in for. */
export const ignored = z.unknown().optional();

const page = {
  limit: count.refine((value) => value >= 1 && value <= 100, "Limit must be between 1 and 100").default(10),
  starting_after: text.optional(),
  ending_before: text.optional(),
};
const range = z.strictObject({
  gt: instant.optional(),
  gte: instant.optional(),
  lt: instant.optional(),
  lte: instant.optional(),
});
/** Parameters of a list: its page, its time, and what it is filtered by. */
export const listParams = <S extends z.ZodRawShape>(filters: S) =>
  z.strictObject({ ...page, created: z.union([instant, range]).optional(), ...filters });

/** Refuses in Stripe's words. */
export function parseParams<T extends z.ZodType>(schema: T, form: Form): z.output<T> {
  const parsed = schema.safeParse(form);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const path = nameOf(issue?.path ?? []);
  if (issue?.code === "unrecognized_keys") {
    const param = nameOf([...issue.path, issue.keys[0] ?? ""]);
    throw invalid(`Received unknown parameter: ${param}`, { code: "parameter_unknown", param });
  }
  if (issue?.code === "invalid_type" && valueAt(form, issue.path) === undefined)
    throw invalid(`Missing required param: ${path}.`, { code: "parameter_missing", param: path });
  throw invalid(`Invalid ${path}: ${issue?.message ?? "malformed"}`, { param: path });
}

const nameOf = ([head, ...rest]: readonly PropertyKey[]): string =>
  `${String(head ?? "")}${rest.map((part) => `[${String(part)}]`).join("")}`;

const valueAt = (form: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (value, key) => (typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined),
    form,
  );
