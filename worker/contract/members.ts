import { createRoute, z } from "@hono/zod-openapi";
import { body, forAccount, forPerson, GUARDED, json, problems } from "./common.ts";
import { email, idParam, oneTimeToken, role } from "./fields.ts";
import { idOf, instant, listOf, shownEmail } from "./shapes.ts";

/** The people of an account. */
const PEOPLE_MAX = 100;
export const memberSchema = z
  .object({ userId: idOf("user"), email: shownEmail, role, createdAt: instant })
  .openapi("Member");
export type Member = z.infer<typeof memberSchema>;

export const invitationSchema = z
  .object({ id: idOf("invitation"), email: shownEmail, role, createdAt: instant, expiresAt: instant })
  .openapi("Invitation");
export type Invitation = z.infer<typeof invitationSchema>;

const memberParams = z.object({ userId: idParam("user") });
const OF_MEMBERS = [...GUARDED, "member.not_found", "member.last_owner"] as const;

export const listMembers = createRoute({
  operationId: "readMembers",
  method: "get",
  path: "/members",
  tags: ["members"],
  summary: "The members of the account",
  ...forAccount("members:read"),
  responses: {
    200: json("Oldest first", z.object({ items: listOf(memberSchema, PEOPLE_MAX) })),
    ...problems(...GUARDED),
  },
});

export const setRole = createRoute({
  operationId: "setRole",
  method: "patch",
  path: "/members/{userId}",
  tags: ["members"],
  summary: "Give a member another role; ends their sessions in this account",
  ...forAccount("members:write", { stepUp: true }),
  request: { params: memberParams, body: body(z.strictObject({ role })) },
  responses: { 200: json("The member", memberSchema), ...problems(...OF_MEMBERS) },
});

export const removeMember = createRoute({
  operationId: "removeMember",
  method: "delete",
  path: "/members/{userId}",
  tags: ["members"],
  summary: "Take a member out",
  ...forAccount("members:write", { stepUp: true }),
  request: { params: memberParams },
  responses: {
    204: { description: "Out; their sessions and tokens here are over" },
    ...problems(...OF_MEMBERS),
  },
});

export const leaveAccount = createRoute({
  operationId: "leaveAccount",
  method: "post",
  path: "/members/leave",
  tags: ["members"],
  summary: "Leave the account one acts for",
  ...forPerson({ stepUp: true }),
  responses: { 204: { description: "Left; the session is over" }, ...problems(...OF_MEMBERS) },
});

export const listInvitations = createRoute({
  operationId: "readInvitations",
  method: "get",
  path: "/invitations",
  tags: ["members"],
  summary: "Who is invited",
  ...forAccount("members:read"),
  responses: {
    200: json("Oldest first", z.object({ items: listOf(invitationSchema, PEOPLE_MAX) })),
    ...problems(...GUARDED),
  },
});

export const invite = createRoute({
  operationId: "inviteMember",
  method: "post",
  path: "/invitations",
  tags: ["members"],
  summary: "Invite somebody by mail",
  ...forAccount("members:write", { stepUp: true }),
  request: { body: body(z.strictObject({ email, role })) },
  responses: {
    201: json("Invited; a second invitation takes the first one's place", invitationSchema),
    ...problems(...GUARDED, "member.exists", "billing.payment_required", "quota.exceeded"),
  },
});

export const withdrawInvitation = createRoute({
  operationId: "withdrawInvitation",
  method: "delete",
  path: "/invitations/{id}",
  tags: ["members"],
  summary: "Withdraw an invitation",
  ...forAccount("members:write"),
  request: { params: z.object({ id: idParam("invitation") }) },
  responses: { 204: { description: "Withdrawn" }, ...problems(...GUARDED, "invitation.not_found") },
});

export const acceptInvitation = createRoute({
  operationId: "acceptInvitation",
  method: "post",
  path: "/invitations/accept",
  tags: ["members"],
  summary: "Join the account that invited this user's address",
  ...forPerson(),
  request: { body: body(z.strictObject({ token: oneTimeToken })) },
  responses: {
    200: json("Joined; switch to it", z.object({ accountId: idOf("account"), role })),
    ...problems(...GUARDED, "auth.link_invalid"),
  },
});
