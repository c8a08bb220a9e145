import { createRoute, z } from "@hono/zod-openapi";
import { ACCOUNT_STATUSES } from "../domain/access.ts";
import { PHASES } from "../domain/entitlement/state.ts";
import { PLAN_IDS } from "../domain/plans.ts";
import { body, COMMON, forAnybody, forPerson, GUARDED, json, problems } from "./common.ts";
import {
  anyPassword,
  email,
  factorProof,
  idParam,
  newPassword,
  oneTimeToken,
  passkeyAnswer,
  passkeyOptions,
  role,
  scope,
} from "./fields.ts";
import { count, idOf, instant, listOf, sentence, shown, shownEmail, shownToken } from "./shapes.ts";

/** Signing up, in and out. */
const factor = z.enum(["totp", "recovery_code", "passkey"]);
const factors = listOf(factor, factor.options.length);
/** More of a user's accounts than these are not listed. */
export const ACCOUNTS_SHOWN = 200;

export const subscriptionSchema = z.object({
  plan: shown({ maxLength: 32 }).openapi({ enum: PLAN_IDS }),
  status: z.enum(PHASES),
  endsAt: instant.nullable().openapi({ description: "When it becomes less by itself" }),
  deploymentsLimit: count(),
});

const meSchema = z
  .object({
    user: z.object({ id: idOf("user"), email: shownEmail, factors }),
    account: z.object({
      id: idOf("account"),
      status: z.enum(ACCOUNT_STATUSES),
      closesAt: instant.nullable().openapi({ description: "When a closing account is destroyed" }),
      role,
      permissions: listOf(scope, scope.options.length).openapi({
        description: "What may be done here, a step-up aside",
      }),
    }),
    accounts: listOf(z.object({ id: idOf("account"), role, owner: shownEmail }), ACCOUNTS_SHOWN).openapi({
      description: "The accounts the user is a member of; `owner` tells them apart",
    }),
    subscription: subscriptionSchema.nullable(),
  })
  .openapi("Me");
export type Me = z.infer<typeof meSchema>;

/**
 * A browser gets a cookie and no token. A client that sends neither `Origin` nor `Sec-Fetch-Site` gets a token for
 * `Authorization: Bearer` and no cookie.
 */
export const sessionSchema = z
  .object({ token: shownToken.optional(), expiresAt: instant })
  .openapi("Session", { description: "A browser gets a cookie instead of the token" });

const CREDENTIALS = [...COMMON, "auth.invalid_credentials", "service.busy", "auth.origin_refused"] as const;

export const signup = createRoute({
  operationId: "signUp",
  method: "post",
  path: "/auth/signup",
  tags: ["auth"],
  summary: "Sign up; a mail follows",
  ...forAnybody,
  request: { body: body(z.strictObject({ email, password: newPassword })) },
  responses: {
    202: json("Always the same, whether the address is known or not", z.object({ message: sentence })),
    ...problems(...COMMON, "service.busy", "auth.origin_refused"),
  },
});

export const verify = createRoute({
  operationId: "verifySignUp",
  method: "post",
  path: "/auth/verify",
  tags: ["auth"],
  summary: "The token of the link in the mail: opens the account",
  ...forAnybody,
  request: { body: body(z.strictObject({ token: oneTimeToken })) },
  responses: {
    204: { description: "Verified; log in" },
    ...problems(...COMMON, "auth.link_invalid", "auth.origin_refused"),
  },
});

export const login = createRoute({
  operationId: "logIn",
  method: "post",
  path: "/auth/login",
  tags: ["auth"],
  summary: "Log in, or the first half of it where there is a second factor",
  ...forAnybody,
  request: { body: body(z.strictObject({ email, password: anyPassword })) },
  responses: {
    200: json(
      "Logged in, or the second factor is asked for",
      z.discriminatedUnion("status", [
        z.object({ status: z.literal("signed_in"), token: shownToken.optional(), expiresAt: instant }),
        z.object({
          status: z.literal("second_factor_required"),
          challenge: shownToken,
          factors,
        }),
      ]),
    ),
    ...problems(...CREDENTIALS),
  },
});

export const loginFactor = createRoute({
  operationId: "logInWithFactor",
  method: "post",
  path: "/auth/login/factor",
  tags: ["auth"],
  summary: "The second half of a login",
  ...forAnybody,
  request: { body: body(z.strictObject({ challenge: oneTimeToken, proof: factorProof })) },
  responses: {
    200: json("Logged in", sessionSchema),
    ...problems(...CREDENTIALS, "auth.link_invalid", "auth.code_invalid"),
  },
});

export const passkeyChallenge = createRoute({
  operationId: "askForPasskey",
  method: "post",
  path: "/auth/passkey/options",
  tags: ["auth"],
  summary: "What a browser needs to show a passkey",
  ...forAnybody,
  responses: { 200: json("For `navigator.credentials.get`", passkeyOptions), ...problems(...CREDENTIALS) },
});

export const loginPasskey = createRoute({
  operationId: "logInWithPasskey",
  method: "post",
  path: "/auth/login/passkey",
  tags: ["auth"],
  summary: "Log in with a passkey alone",
  ...forAnybody,
  request: { body: body(z.strictObject({ answer: passkeyAnswer })) },
  responses: { 200: json("Logged in", sessionSchema), ...problems(...CREDENTIALS) },
});

export const logout = createRoute({
  operationId: "logOut",
  method: "post",
  path: "/auth/logout",
  tags: ["auth"],
  summary: "Log out; cuts everything the session holds open",
  ...forPerson(),
  responses: { 204: { description: "Logged out" }, ...problems(...GUARDED) },
});

export const logoutEverywhere = createRoute({
  operationId: "logOutEverywhere",
  method: "post",
  path: "/auth/logout-everywhere",
  tags: ["auth"],
  summary: "End every session of the user, this one included",
  ...forPerson(),
  responses: { 204: { description: "Logged out" }, ...problems(...GUARDED) },
});

export const me = createRoute({
  operationId: "describeMe",
  method: "get",
  path: "/auth/me",
  tags: ["auth"],
  summary: "Who is signed in, and what the account may use",
  ...forPerson(),
  responses: { 200: json("The user", meSchema), ...problems(...GUARDED) },
});

export const stepUp = createRoute({
  operationId: "stepUp",
  method: "post",
  path: "/auth/step-up",
  tags: ["auth"],
  summary: "Prove once more that it is you; good for ten minutes",
  ...forPerson(),
  request: {
    body: body(
      z.union([z.strictObject({ kind: z.literal("password"), password: anyPassword }), factorProof]),
    ),
  },
  responses: {
    200: json("The session goes on under another token", sessionSchema),
    ...problems(
      ...GUARDED,
      "auth.invalid_credentials",
      "auth.code_invalid",
      "factor.required",
      "service.busy",
    ),
  },
});

export const switchAccount = createRoute({
  operationId: "switchAccount",
  method: "post",
  path: "/auth/account",
  tags: ["auth"],
  summary: "Act for another account one is a member of",
  ...forPerson(),
  request: { body: body(z.strictObject({ accountId: idParam("account") })) },
  responses: {
    200: json("The session goes on under another token", sessionSchema),
    ...problems(...GUARDED, "account.not_found"),
  },
});
