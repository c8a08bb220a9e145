import { describe, expect, it } from "vitest";
import { me, switchAccount } from "../../worker/contract/auth.ts";
import { create, listAll, open } from "../../worker/contract/deployments.ts";
import {
  acceptInvitation,
  invite,
  leaveAccount,
  listInvitations,
  listMembers,
  removeMember,
  setRole,
  withdrawInvitation,
} from "../../worker/contract/members.ts";
import { createToken } from "../../worker/contract/tokens.ts";
import { apiClient } from "../../worker/contract/client.ts";
import { PLANS } from "../../worker/domain/plans.ts";
import { DAY_MS } from "../../worker/platform/clock.ts";
import type { Person } from "./support.ts";
import {
  advanceClock,
  APP,
  codeOf,
  goOn,
  joined,
  logInAs,
  newDeployment,
  newPerson,
  readyDeployment,
  recordOf,
  steppedUp,
  tokenFor,
  worker,
} from "./support.ts";

const accountOf = async (person: Person): Promise<string> => (await person.client.call(me, {})).account.id;

describe("an invitation", () => {
  it("lets the invited address join, once, in the role it named", async () => {
    const owner = await newPerson();
    const guest = await joined(owner, "member");
    expect(await accountOf(guest)).toBe(await accountOf(owner));
    expect((await guest.client.call(me, {})).account.role).toBe("member");
    const { items } = await owner.client.call(listMembers, {});
    expect(items.map(({ email, role }) => [email, role])).toEqual([
      [owner.email, "owner"],
      [guest.email, "member"],
    ]);
    expect((await owner.client.call(listInvitations, {})).items).toEqual([]);
  });

  it("is worth nothing to another address", async () => {
    const [owner, guest, thief] = [await newPerson(), await newPerson(), await newPerson()];
    await owner.client.call(invite, { json: { email: guest.email, role: "admin" } });
    const token = await tokenFor(guest.email, "invites you");
    expect(await codeOf(thief.client.call(acceptInvitation, { json: { token } }))).toBe("auth.link_invalid");
  });

  it("ends after seven days, and when it is withdrawn", async () => {
    const [owner, guest] = [await newPerson(), await newPerson()];
    const { id } = await owner.client.call(invite, { json: { email: guest.email, role: "viewer" } });
    const token = await tokenFor(guest.email, "invites you");
    await owner.client.call(withdrawInvitation, { params: { id } });
    expect(await codeOf(guest.client.call(acceptInvitation, { json: { token } }))).toBe("auth.link_invalid");

    await owner.client.call(invite, { json: { email: guest.email, role: "viewer" } });
    const second = await tokenFor(guest.email, "invites you");
    await advanceClock(7 * 24 * 3_600_000);
    const back = await logInAs(guest.email);
    expect(await codeOf(back.client.call(acceptInvitation, { json: { token: second } }))).toBe(
      "auth.link_invalid",
    );
  });

  it("is not handed out above one's own role", async () => {
    const owner = await newPerson();
    const admin = await steppedUp(await joined(owner, "admin"));
    expect(
      await codeOf(admin.client.call(invite, { json: { email: "boss@example.com", role: "owner" } })),
    ).toBe("access.denied");
  });

  it("is one of as many as the plan allows, members counted", async () => {
    const owner = await newPerson();
    const invited = (number: number) =>
      owner.client.call(invite, { json: { email: `guest-${number}-${owner.email}`, role: "viewer" } });
    const { members } = PLANS.trial.quotas;
    for (let number = 1; number < members; number += 1) await invited(number);
    expect(await codeOf(invited(members))).toBe("quota.exceeded");
  });

  it("needs a plan, or a trial that lasts", async () => {
    const { email } = await newPerson();
    await advanceClock(PLANS.trial.days * DAY_MS);
    const owner = await steppedUp(await logInAs(email));
    expect(
      await codeOf(owner.client.call(invite, { json: { email: "late@example.com", role: "viewer" } })),
    ).toBe("billing.payment_required");
  });
});

describe("a member", () => {
  it("sees and does what their role allows, and nothing of their other account", async () => {
    const owner = await newPerson();
    const { id } = await readyDeployment(owner);
    const viewer = await joined(owner, "viewer");
    expect((await viewer.client.call(listAll, {})).items.map((item) => item.id)).toEqual([id]);
    expect(await codeOf(viewer.client.call(create, { json: newDeployment }))).toBe("access.denied");
    expect(await codeOf(viewer.client.call(open, { params: { id } }))).toBe("access.denied");
    const home = (await viewer.client.call(me, {})).accounts.find(({ role }) => role === "owner");
    const atHome = goOn(
      viewer,
      await viewer.client.call(switchAccount, { json: { accountId: home?.id ?? "" } }),
    );
    expect((await atHome.client.call(listAll, {})).items).toEqual([]);
  });

  it("of another role is signed out of the account, and their open door is shut", async () => {
    const owner = await newPerson();
    const { id } = await readyDeployment(owner);
    const member = await joined(owner, "member");
    const { url } = await member.client.call(open, { params: { id } });
    const door = await worker(url, { redirect: "manual" });
    const cookie = (door.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
    const knock = () => worker(new URL("/", url).href, { headers: { cookie }, redirect: "manual" });
    expect((await knock()).status).toBe(200);
    await owner.client.call(setRole, { params: { userId: member.userId }, json: { role: "viewer" } });
    expect(await codeOf(member.client.call(me, {}))).toBe("auth.required");
    expect((await knock()).status).toBe(401);
  });

  it("[7.4.2] who is taken out is out at once, with their tokens", async () => {
    const owner = await newPerson();
    const admin = await joined(owner, "admin");
    const { token } = await admin.client.call(createToken, {
      json: { name: "ci", scopes: ["deployments:read"] },
    });
    const program = apiClient({ baseUrl: APP, fetch: worker, token });
    await expect(program.call(listAll, {})).resolves.toBeDefined();
    await owner.client.call(removeMember, { params: { userId: admin.userId } });
    expect(await codeOf(admin.client.call(me, {}))).toBe("auth.required");
    expect(await codeOf(program.call(listAll, {}))).toBe("auth.required");
    // They still have their own account.
    await expect(logInAs(admin.email)).resolves.toBeDefined();
  });

  it("who is an admin can neither take an owner out nor make one", async () => {
    const owner = await newPerson();
    const admin = await joined(owner, "admin");
    const { user } = await owner.client.call(me, {});
    expect(await codeOf(admin.client.call(removeMember, { params: { userId: user.id } }))).toBe(
      "access.denied",
    );
    expect(
      await codeOf(admin.client.call(setRole, { params: { userId: admin.userId }, json: { role: "owner" } })),
    ).toBe("access.denied");
  });

  it("of another account is unknown", async () => {
    const [owner, stranger] = [await newPerson(), await newPerson()];
    const { user } = await stranger.client.call(me, {});
    expect(await codeOf(owner.client.call(removeMember, { params: { userId: user.id } }))).toBe(
      "member.not_found",
    );
  });
});

describe("the last owner", () => {
  it("can neither leave, nor be taken out, nor step down", async () => {
    const owner = await newPerson();
    const { user } = await owner.client.call(me, {});
    expect(await codeOf(owner.client.call(leaveAccount, {}))).toBe("member.last_owner");
    expect(await codeOf(owner.client.call(removeMember, { params: { userId: user.id } }))).toBe(
      "member.last_owner",
    );
    expect(
      await codeOf(owner.client.call(setRole, { params: { userId: user.id }, json: { role: "admin" } })),
    ).toBe("member.last_owner");
    // A refusal is no change, so nobody was signed out and nothing stands on record as done.
    await expect(owner.client.call(me, {})).resolves.toBeDefined();
    const actions = (await recordOf(await accountOf(owner))).map(({ action }) => action);
    expect(actions).not.toContain("member.role_changed");
    expect(actions).not.toContain("member.removed");
  });

  it("may leave once there is another one; of two who leave at once one stays", async () => {
    const owner = await newPerson();
    const second = await joined(owner, "owner");
    const left = await Promise.all([
      codeOf(owner.client.call(leaveAccount, {})),
      codeOf(second.client.call(leaveAccount, {})),
    ]);
    expect(left.sort()).toEqual(["accepted", "member.last_owner"]);
  });
});
