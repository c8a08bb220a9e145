import type { Role } from "../domain/access.ts";
import { mayGrant } from "../domain/access.ts";
import { newId } from "../domain/ids.ts";
import type { AccountId, InvitationId, UserId } from "../domain/ids.ts";
import { DAY_MS } from "../platform/clock.ts";
import { newToken, sha256Hex } from "../platform/random.ts";
import type { Result } from "../platform/result.ts";
import { fail, ok } from "../platform/result.ts";
import { insertMail } from "../store/mail.repo.ts";
import type { Invitation, Member } from "../store/members.repo.ts";
import {
  changeRole,
  deleteInvitation,
  deleteMember,
  findInvitation,
  insertMember,
  isMember,
  isNoMember,
  listInvitations,
  listMembers,
  upsertInvitation,
} from "../store/members.repo.ts";
import { findUser } from "../store/users.repo.ts";
import { audited, auditedWhere, whoIs } from "./audit.ts";
import type { Actor, Deps } from "./deps.ts";
import { takeAttempt } from "./guard.ts";
import { invitationLetter } from "./letters.ts";
import { ending } from "./open-session.ts";
import { memberRefused } from "./quota.ts";
import { flushMail } from "./send-mail.ts";

export type { Invitation, Member };

/** The people of an account: who they are, what they may do, who is invited. */
const INVITATION_MS = 7 * DAY_MS;

const ABOVE = fail("access.denied", "Your own role is below this one.");
const NO_MEMBER = fail("member.not_found", "There is no such member.");
const LAST_OWNER = fail(
  "member.last_owner",
  "An account has at least one owner: make somebody else one first.",
);

export const readMembers = (deps: Deps, actor: Actor): Promise<readonly Member[]> =>
  listMembers(deps.db, actor.accountId);

export const readInvitations = (deps: Deps, actor: Actor): Promise<readonly Invitation[]> =>
  listInvitations(deps.db, actor.accountId, deps.clock.now());

/** Mails a link to somebody; whether they are known to us is not told. Errors: `access.denied`, `billing.payment_required`, `quota.exceeded`, `rate.limited`. */
export async function inviteMember(
  deps: Deps,
  actor: Actor,
  input: { email: string; role: Role },
): Promise<Result<Invitation>> {
  if (!mayGrant(actor.role, input.role)) return ABOVE;
  const allowed = await takeAttempt(deps, { kind: "invite", subject: actor.accountId });
  if (!allowed.ok) return allowed;
  const { db, clock, random, config } = deps;
  const [members, invited, inviter] = await Promise.all([
    readMembers(deps, actor),
    readInvitations(deps, actor),
    findUser(db, actor.userId),
  ]);
  if (members.some(({ email }) => email === input.email))
    return fail("member.exists", "This person is a member already.");
  const refusal = await memberRefused(deps, actor.accountId, members.length + invited.length);
  if (refusal !== null) return refusal;
  const now = clock.now();
  const token = newToken(random);
  const invitation: Invitation = {
    id: newId("invitation", now, random),
    accountId: actor.accountId,
    email: input.email,
    role: input.role,
    invitedBy: actor.userId,
    createdAt: now,
    expiresAt: now + INVITATION_MS,
  };
  const letter = invitationLetter(config.APP_ORIGIN, token, inviter?.email ?? "Somebody", input.role);
  await db.batch([
    upsertInvitation(db, { ...invitation, tokenHash: await sha256Hex(token) }),
    insertMail(db, { id: newId("mail", now, random), recipient: input.email, createdAt: now, ...letter }),
    audited(deps, whoIs(actor), {
      action: "member.invited",
      target: invitation.id,
      content: { role: input.role },
      personal: { email: input.email },
    }),
  ]);
  deps.later(flushMail(deps));
  return ok(invitation);
}

/** Errors: `invitation.not_found`. */
export async function withdrawInvitation(deps: Deps, actor: Actor, id: InvitationId): Promise<Result<null>> {
  const invited = await readInvitations(deps, actor);
  if (!invited.some((invitation) => invitation.id === id))
    return fail("invitation.not_found", "There is no such invitation.");
  await deps.db.batch([
    deleteInvitation(deps.db, actor.accountId, id),
    audited(deps, whoIs(actor), { action: "member.invitation_withdrawn", target: id }),
  ]);
  return ok(null);
}

/** Joins the account that invited this very address. Errors: `auth.link_invalid`. */
export async function acceptInvitation(
  deps: Deps,
  actor: Actor,
  token: string,
): Promise<Result<{ accountId: AccountId; role: Role }>> {
  const { db, clock } = deps;
  const now = clock.now();
  const invitation = await findInvitation(db, await sha256Hex(token), now);
  const user = await findUser(db, actor.userId);
  // A link that was passed on to somebody else says no more than one that never was.
  if (invitation === null || user === null || invitation.email !== user.email)
    return fail(
      "auth.link_invalid",
      "This invitation is not valid (any more) for the address you are signed in with.",
    );
  const { accountId, role } = invitation;
  await db.batch([
    insertMember(db, { accountId, userId: user.id, role, createdAt: now }),
    deleteInvitation(db, accountId, invitation.id),
    audited(
      deps,
      { ...whoIs(actor), chain: accountId },
      { action: "member.joined", target: user.id, content: { role, invitation: invitation.id } },
    ),
  ]);
  return ok({ accountId, role });
}

/** Their sessions in this account end: what they may do is another thing now. Errors: `member.not_found`, `member.last_owner`, `access.denied`. */
export async function setRole(deps: Deps, actor: Actor, userId: UserId, role: Role): Promise<Result<Member>> {
  const member = await memberOf(deps, actor, userId);
  if (member === undefined) return NO_MEMBER;
  if (!mayGrant(actor.role, member.role) || !mayGrant(actor.role, role)) return ABOVE;
  if (member.role === role) return ok(member);
  const [changed] = await deps.db.batch([
    changeRole(deps.db, actor.accountId, userId, role),
    auditedWhere(
      deps,
      whoIs(actor),
      { action: "member.role_changed", target: userId, content: { before: member.role, after: role } },
      isMember(actor.accountId, userId, role),
    ),
  ]);
  if (changed.meta.changes === 0) return LAST_OWNER;
  await endTheirs(deps, actor, userId);
  return ok({ ...member, role });
}

/** Somebody else, or oneself. Errors: `member.not_found`, `member.last_owner`, `access.denied`. */
export async function removeMember(deps: Deps, actor: Actor, userId: UserId): Promise<Result<null>> {
  const member = await memberOf(deps, actor, userId);
  if (member === undefined) return NO_MEMBER;
  if (userId !== actor.userId && !mayGrant(actor.role, member.role)) return ABOVE;
  const [deleted] = await deps.db.batch([
    deleteMember(deps.db, actor.accountId, userId),
    auditedWhere(
      deps,
      whoIs(actor),
      {
        action: "member.removed",
        target: userId,
        content: { role: member.role, left: userId === actor.userId },
      },
      isNoMember(actor.accountId, userId),
    ),
  ]);
  if (deleted.meta.changes === 0) return LAST_OWNER;
  await endTheirs(deps, actor, userId);
  return ok(null);
}

const memberOf = async (deps: Deps, actor: Actor, userId: UserId): Promise<Member | undefined> =>
  (await readMembers(deps, actor)).find((member) => member.userId === userId);

async function endTheirs(deps: Deps, actor: Actor, userId: UserId): Promise<void> {
  const { statement, cut } = await ending(deps, { userId, accountId: actor.accountId });
  await statement;
  await cut();
}
