import { closeAccount, readAudit, reopenAccount } from "../../../worker/contract/account.ts";
import { exportAccount } from "../../../worker/contract/export.ts";
import { login, me, switchAccount } from "../../../worker/contract/auth.ts";
import { get, listAll } from "../../../worker/contract/deployments.ts";
import {
  acceptInvitation,
  invite,
  leaveAccount,
  listInvitations,
  listMembers,
  removeMember,
  setRole,
  withdrawInvitation,
} from "../../../worker/contract/members.ts";
import { createToken, listTokens, revokeToken } from "../../../worker/contract/tokens.ts";
import {
  asking,
  logInAs,
  mailedToken,
  newPerson,
  PASSWORD,
  refusable,
  refusalOf,
  refused,
  tokenIn,
} from "../world.ts";
import type { Person, World } from "../world.ts";

/** An account and its people, tokens, record and end. */
export async function account(world: World): Promise<void> {
  const owner = await newPerson(world, "owner");
  const guest = await newPerson(world, "guest");
  await people(world, owner, guest);
  await tokens(world, owner);
  await end(world, owner);
}

async function people(world: World, owner: Person, guest: Person): Promise<void> {
  const mine = asking(world, owner.token);
  const { account: own, user } = await mine.call(me, {});
  await mine.call(listMembers, {});
  const { accountId, role, token: first } = await joined(world, owner, guest);
  if (role !== "member") throw new Error("The invitation was for another role.");
  const theirs = await asking(world, guest.token).call(switchAccount, { json: { accountId } });
  await refused(
    refusable(world, tokenIn(theirs)).call(invite, { json: { email: "x@example.com", role: "viewer" } }),
    "access.denied",
  );
  const { items } = await mine.call(listMembers, {});
  const member = items.find(({ email }) => email === guest.email);
  if (member === undefined) throw new Error("Who has joined is no member.");
  await mine.call(setRole, { params: { userId: member.userId }, json: { role: "viewer" } });
  await refused(
    refusable(world, owner.token).call(setRole, { params: { userId: user.id }, json: { role: "viewer" } }),
    "member.last_owner",
  );
  await refused(
    refusable(world, owner.token).call(removeMember, { params: { userId: user.id } }),
    "member.last_owner",
  );
  await refused(refusable(world, owner.token).call(leaveAccount, {}), "member.last_owner");
  await refused(
    refusable(world, owner.token).call(invite, { json: { email: guest.email, role: "member" } }),
    "member.exists",
  );

  const again = await logInAs(world, guest.email, PASSWORD);
  const inside = await asking(world, again).call(switchAccount, { json: { accountId: own.id } });
  await asking(world, tokenIn(inside)).call(leaveAccount, {});
  await refused(
    refusable(world, await logInAs(world, guest.email, PASSWORD)).call(switchAccount, {
      json: { accountId: own.id },
    }),
    "account.not_found",
  );
  await joined(world, owner, { ...guest, token: await logInAs(world, guest.email, PASSWORD) }, first);
  await mine.call(removeMember, { params: { userId: member.userId } });

  const { id } = await mine.call(invite, { json: { email: "nobody-yet@example.com", role: "viewer" } });
  await mine.call(listInvitations, {});
  await mine.call(withdrawInvitation, { params: { id } });
}

async function joined(world: World, owner: Person, guest: Person, known: string | null = null) {
  await asking(world, owner.token).call(invite, { json: { email: guest.email, role: "member" } });
  const token = await mailedToken(world, guest.email, "invites you", known);
  const answer = await asking(world, guest.token).call(acceptInvitation, { json: { token } });
  await refused(
    refusable(world, guest.token).call(acceptInvitation, { json: { token } }),
    "auth.link_invalid",
  );
  return { ...answer, token };
}

async function tokens(world: World, owner: Person): Promise<void> {
  const mine = asking(world, owner.token);
  const made = await mine.call(createToken, {
    json: { name: "For the build", scopes: ["deployments:read"], days: 1 },
  });
  await asking(world, made.token).call(listAll, {});
  await refused(refusable(world, made.token).call(listTokens, {}), "access.scope_missing");
  await refused(refusable(world, made.token).call(me, {}), "access.denied");
  await refused(
    refusable(world, made.token).call(get, { params: { id: "dep_01jd0000000000000000000000" } }),
    "deployment.not_found",
  );
  await mine.call(listTokens, {});
  await mine.call(revokeToken, { params: { id: made.id } });
  await refused(refusable(world, made.token).call(listAll, {}), "auth.required");
}

async function end(world: World, owner: Person): Promise<void> {
  const mine = asking(world, owner.token);
  const { nextCursor } = await mine.call(readAudit, { query: { limit: 2 } });
  await mine.call(readAudit, { query: { cursor: nextCursor ?? "", action: "member", limit: 200 } });
  await mine.call(exportAccount, {});
  await refused(refusable(world, owner.token).call(reopenAccount, {}), "account.state_conflict");
  await mine.call(closeAccount, {});
  await refused(refusable(world, owner.token).call(closeAccount, {}), "account.suspended");
  await mine.call(reopenAccount, {});
  await slowedDown(world, owner.email);
}

const GUESSES_MAX = 12;

/** Whoever guesses at one address has to wait, and is told how long. */
async function slowedDown(world: World, email: string): Promise<void> {
  const json = { email, password: "not it" };
  for (let guess = 1; guess < GUESSES_MAX; guess += 1) {
    const answer = await refusalOf(refusable(world).call(login, { json }));
    if (answer === "rate.limited") return;
    if (answer !== "auth.invalid_credentials") throw new Error(`Guessing was answered by ${answer}.`);
  }
  throw new Error("Nobody was slowed down.");
}
