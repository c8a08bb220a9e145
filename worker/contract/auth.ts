import { createRoute, z } from "@hono/zod-openapi";
import { body, COMMON, instant, json, problems, PUBLIC, SESSION } from "./common.ts";

const PASSWORD_LENGTH_MIN = 12;
/** Long enough for any passphrase, short enough that nobody sends us a book to hash. */
const PASSWORD_BYTES_MAX = 1024;

const email = z
  .string()
  .trim()
  .toLowerCase()
  .pipe(z.email().max(254))
  .openapi({ type: "string", format: "email", example: "ada@example.com" });

const newPassword = z
  .string()
  .min(PASSWORD_LENGTH_MIN, `must have at least ${PASSWORD_LENGTH_MIN} characters`)
  .refine((text) => new TextEncoder().encode(text).length <= PASSWORD_BYTES_MAX, "is too long");

const anyPassword = z.string().min(1).max(PASSWORD_BYTES_MAX);

const meSchema = z
  .object({
    user: z.object({ id: z.string(), email: z.string() }),
    account: z.object({ id: z.string() }),
    subscription: z
      .object({ plan: z.string(), status: z.string(), endsAt: instant, deploymentsLimit: z.number().int() })
      .nullable(),
  })
  .openapi("Me");
export type Me = z.infer<typeof meSchema>;

export const signup = createRoute({
  operationId: "signUp",
  method: "post",
  path: "/auth/signup",
  tags: ["auth"],
  summary: "Sign up; a mail follows",
  security: PUBLIC,
  request: { body: body(z.object({ email, password: newPassword })) },
  responses: {
    202: json("Always the same, whether the address is known or not", z.object({ message: z.string() })),
    ...problems(...COMMON, "rate.limited", "service.busy", "auth.origin_refused"),
  },
});

export const verify = createRoute({
  operationId: "verifySignUp",
  method: "get",
  path: "/auth/verify",
  tags: ["auth"],
  summary: "The link in the mail; redirects to the login page",
  security: PUBLIC,
  request: { query: z.object({ token: z.string().min(1).max(128) }) },
  responses: { 303: { description: "To the login page, which says how it went" }, ...problems(...COMMON) },
});

export const login = createRoute({
  operationId: "logIn",
  method: "post",
  path: "/auth/login",
  tags: ["auth"],
  summary: "Log in",
  description:
    "A browser gets a cookie and no token. A client that sends neither `Origin` nor `Sec-Fetch-Site` gets a token for `Authorization: Bearer` and no cookie.",
  security: PUBLIC,
  request: { body: body(z.object({ email, password: anyPassword })) },
  responses: {
    200: json("Logged in", z.object({ token: z.string().optional(), expiresAt: instant })),
    ...problems(...COMMON, "auth.invalid_credentials", "rate.limited", "service.busy", "auth.origin_refused"),
  },
});

export const logout = createRoute({
  operationId: "logOut",
  method: "post",
  path: "/auth/logout",
  tags: ["auth"],
  summary: "Log out; cuts everything the session holds open",
  security: SESSION,
  responses: {
    204: { description: "Logged out" },
    ...problems(...COMMON, "auth.required", "auth.origin_refused"),
  },
});

export const me = createRoute({
  operationId: "describeMe",
  method: "get",
  path: "/auth/me",
  tags: ["auth"],
  summary: "Who is signed in, and what the account may use",
  security: SESSION,
  responses: { 200: json("The user", meSchema), ...problems(...COMMON, "auth.required") },
});
