import type { Doorway } from "../../durable-objects/deployment/deployment.ts";
import { mayRun } from "../domain/entitlement/access.ts";
import { authorize } from "../domain/access.ts";
import type { DeploymentId } from "../domain/ids.ts";
import { newId } from "../domain/ids.ts";
import { deploymentOrigin } from "../env.ts";
import { HOUR_MS, MINUTE_MS } from "../platform/clock.ts";
import { newToken, sha256Hex } from "../platform/random.ts";
import type { Failure, Result, Success } from "../platform/result.ts";
import { fail, ok } from "../platform/result.ts";
import type { DoorSession } from "../store/sessions.repo.ts";
import { findDoorSession, insertTicket, redeemTicket } from "../store/sessions.repo.ts";
import { audited, whoIs } from "./audit.ts";
import { callDeployment } from "./call-deployment.ts";
import type { Actor, Deps } from "./deps.ts";
import { ownDeployment } from "./get-deployment.ts";
import { sessionOf } from "./log-in.ts";

/** Long enough for a redirect, too short to be worth stealing. */
const TICKET_VALID_MS = MINUTE_MS;
/** Like a working day; opening again from the dashboard takes one click. */
const DOOR_VALID_MS = 12 * HOUR_MS;

/** What a door asks on every request, so that a change of role or a suspension shuts it at once. */
const DOOR = { who: "account", permission: "deployments:open" } as const;

/** What seeing to a plan takes. */
const PAY = { who: "account", permission: "billing:write" } as const;

export const TICKET_PATH = "/__lp/open";

/** Where to send the owner's browser: its ticket works once, for a minute. Errors: `deployment.not_found`, `billing.payment_required`, `deployment.door_closed`. */
export async function openDoor(deps: Deps, actor: Actor, id: DeploymentId): Promise<Result<{ url: string }>> {
  const row = await ownDeployment(deps, actor, id);
  if (!row.ok) return row;
  const { slug } = row.value.new.identity;
  const doorway = await callDeployment(deps, id, (stub) => stub.doorway(slug));
  if (!doorway.ok) return doorway;
  const now = deps.clock.now();
  const ticket = newToken(deps.random);
  await deps.db.batch([
    insertTicket(deps.db, {
      id: newId("session", now, deps.random),
      tokenHash: await sha256Hex(ticket),
      userId: actor.userId,
      accountId: actor.accountId,
      parentId: sessionOf(actor),
      deploymentId: id,
      createdAt: now,
      seenAt: now,
      freshAt: 0,
      expiresAt: now + TICKET_VALID_MS,
    }),
    audited(deps, whoIs(actor), { action: "door.opened", target: id }),
  ]);
  return ok({ url: `${deploymentOrigin(deps.config, slug)}${TICKET_PATH}?ticket=${ticket}` });
}

export type DoorToken = { token: string; expiresAt: number };

/** Trades a ticket for a session on the deployment's own host. Errors: `auth.link_invalid`, and those of `admit`. */
export async function redeemDoorTicket(deps: Deps, slug: string, ticket: string): Promise<Result<DoorToken>> {
  const now = deps.clock.now();
  const token = newToken(deps.random);
  const expiresAt = now + DOOR_VALID_MS;
  const session = await redeemTicket(deps.db, await sha256Hex(ticket), {
    tokenHash: await sha256Hex(token),
    expiresAt,
    now,
  });
  if (session === null)
    return fail(
      "auth.link_invalid",
      "This link has been used or has expired. Open the assistant from your dashboard.",
    );
  const admitted = await doorwayFor(deps, slug, session);
  return admitted.ok ? ok({ token, expiresAt }) : admitted;
}

/** `mayPay`: they are one of those who can see to the plan that isn't paid. */
export type Refusal = Failure & { mayPay?: boolean };

export type Admission = Doorway & {
  userId: DoorSession["userId"];
  sessionId: DoorSession["parentId"];
  deploymentId: DeploymentId;
};

/**
 * Whether this cookie may pass the door of this host now: session from D1, owner, phase and holds from the object.
 * Errors: `auth.required`, `deployment.not_found`, `billing.payment_required`, `deployment.door_closed`,
 * `service.unavailable`.
 */
export async function admit(
  deps: Deps,
  slug: string,
  token: string | null,
): Promise<Success<Admission> | Refusal> {
  const now = deps.clock.now();
  const session = token === null ? null : await findDoorSession(deps.db, await sha256Hex(token), now);
  if (session === null) return fail("auth.required", "Open the assistant from your dashboard.");
  const who = { ...session, scopes: null, isEntitled: mayRun(session.entitlement, now) };
  const allowed = authorize(who, DOOR, now);
  const admission = allowed.ok ? await doorwayFor(deps, slug, session) : allowed;
  if (admission.ok || admission.code !== "billing.payment_required") return admission;
  return { ...admission, mayPay: authorize(who, PAY, now).ok };
}

async function doorwayFor(deps: Deps, slug: string, session: DoorSession): Promise<Result<Admission>> {
  const doorway = await callDeployment(deps, session.deploymentId, (stub) => stub.doorway(slug));
  if (!doorway.ok) return doorway;
  if (doorway.value.accountId !== session.accountId)
    return fail("deployment.not_found", "There is no such deployment.");
  const { userId, parentId, deploymentId } = session;
  return ok({ ...doorway.value, userId, sessionId: parentId, deploymentId });
}
