import { z } from "zod";
import { expect, it } from "vitest";
import { invalidRequest } from "./invalid-request.ts";

const schema = z.strictObject({ email: z.email(), nested: z.strictObject({ "a/b": z.number() }).optional() });

const errorsOf = (value: unknown) => {
  const { error } = schema.safeParse(value);
  return invalidRequest(error?.issues ?? []).errors ?? [];
};

it("points at what doesn't fit, as RFC 6901 writes it", () => {
  expect(errorsOf({ email: "a@example.com", nested: { "a/b": "text" } })).toMatchObject([
    { pointer: "/nested/a~1b" },
  ]);
});

it("names a field that is not known where its name could be one of ours", () => {
  expect(errorsOf({ email: "a@example.com", mail: 1 })).toEqual([
    { pointer: "/mail", message: "is not known here" },
  ]);
});

it("says nothing of what was sent in the place of a name or of a value", () => {
  const secret = "hunter2-Hunter2";
  const said = JSON.stringify(errorsOf({ email: secret, [secret]: secret, nested: { [secret]: secret } }));
  expect(said).not.toContain(secret);
});
