import { newId } from "../domain/ids.ts";
import type { SessionId } from "../domain/ids.ts";
import { DAY_MS, toIso } from "../platform/clock.ts";
import { newToken, sha256Hex } from "../platform/random.ts";
import { ok } from "../platform/result.ts";
import { insertMailWhere } from "../store/mail.repo.ts";
import type { OpenDoor, SessionSet } from "../store/sessions.repo.ts";
import { insertSession, listDoors, revokeSessions, rotateSession } from "../store/sessions.repo.ts";
import type { User } from "../store/users.repo.ts";
import { hasDevices, isDeviceOf, upsertDevice } from "../store/users.repo.ts";
import { audited } from "./audit.ts";
import { callDeployment } from "./call-deployment.ts";
import type { Actor, Deps } from "./deps.ts";
import { newDeviceLetter } from "./letters.ts";
import { flushMail } from "./send-mail.ts";

/** How sessions begin, change their token and end. */

/** OWASP ASVS 5.0, 7.3.2. */
const SESSION_MS = 14 * DAY_MS;
/** Browsers keep no cookie longer (RFC 6265bis §5.6.2). */
const DEVICE_MS = 400 * DAY_MS;

export type NewSession = { token: string; expiresAt: number };
export type SignedIn = NewSession & {
  /** For the browser's long-lived cookie. */
  device: { token: string; expiresAt: number };
};

/** By what they proved who they are. */
export type Proof = "password" | "totp" | "recovery_code" | "passkey";

/** Opens a session; its user is told of a browser that is new. `device` is what the browser's own cookie says. */
export async function openSession(
  deps: Deps,
  user: Pick<User, "id" | "accountId" | "email">,
  device: string | null,
  proof: Proof,
): Promise<SignedIn> {
  const { db, clock, random, config, request } = deps;
  const now = clock.now();
  const isKnown = device !== null && (await isDeviceOf(db, await sha256Hex(device), user.id, now));
  const token = newToken(random);
  const deviceToken = isKnown ? device : newToken(random);
  const id = newId("session", now, random);
  const expiresAt = now + SESSION_MS;
  const letter = newDeviceLetter(
    config.APP_ORIGIN,
    toIso(now),
    request.userAgent ?? "unknown",
    request.address ?? "unknown",
  );
  const mail = { id: newId("mail", now, random), recipient: user.email, createdAt: now, ...letter };
  await db.batch([
    insertSession(db, {
      id,
      tokenHash: await sha256Hex(token),
      userId: user.id,
      accountId: user.accountId,
      createdAt: now,
      seenAt: now,
      expiresAt,
      freshAt: now,
      userAgent: request.userAgent,
      address: request.address,
    }),
    audited(
      deps,
      { chain: user.accountId, kind: "user", id: user.id },
      { action: "session.opened", target: id, content: { proof, newDevice: !isKnown } },
    ),
    // Their very first browser is no news.
    ...(isKnown ? [] : [insertMailWhere(db, mail, hasDevices(user.id))]),
    upsertDevice(db, {
      tokenHash: await sha256Hex(deviceToken),
      userId: user.id,
      createdAt: now,
      seenAt: now,
      expiresAt: now + DEVICE_MS,
    }),
  ]);
  if (!isKnown) deps.later(flushMail(deps));
  return { token, expiresAt, device: { token: deviceToken, expiresAt: now + DEVICE_MS } };
}

/** The statement that gives a login another token, and the token: after a second factor and a change of privilege. */
export async function rotated(
  deps: Deps,
  sessionId: SessionId,
  patch: { freshAt: number; accountId?: Actor["accountId"] },
) {
  const token = newToken(deps.random);
  return {
    token,
    statement: rotateSession(deps.db, sessionId, { tokenHash: await sha256Hex(token), ...patch }),
  };
}

/** Ends sessions: answers the statement for the batch, and what is to be done once it is in. */
export async function ending(
  deps: Deps,
  set: SessionSet,
): Promise<{ statement: ReturnType<typeof revokeSessions>; cut: () => Promise<void> }> {
  const doors = await listDoors(deps.db, set);
  return {
    statement: revokeSessions(deps.db, set, deps.clock.now()),
    cut: () => cutDoors(deps, doors),
  };
}

/** A connection that could not be cut here ends by itself: the door asks again every few minutes. */
async function cutDoors(deps: Deps, doors: readonly OpenDoor[]): Promise<void> {
  await Promise.all(
    doors.map(({ sessionId, deploymentId }) =>
      callDeployment(deps, deploymentId, async (stub) => {
        await stub.closeSession(sessionId);
        return ok(null);
      }),
    ),
  );
}
