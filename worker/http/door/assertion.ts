import { importJWK, SignJWT } from "jose";
import {
  ASSERTION_ALGORITHM,
  ASSERTION_ISSUER,
  ASSERTION_SECONDS_MAX,
  audienceOf,
} from "../../../images/agent/contract/assertion.ts";
import type { DoorKeys } from "../../domain/door-keys.ts";
import { SECOND_MS } from "../../platform/clock.ts";
import type { Admission } from "../../usecases/open-door.ts";

/** What the door tells a machine's agent about a request it lets through. */
export type Assert = (admission: Admission) => Promise<string>;

/** One is used again for half of its life, for the same login and machine: a page asks for many things at once. */
const USED_AGAIN_MS = (ASSERTION_SECONDS_MAX * SECOND_MS) / 2;
const REMEMBERED_MAX = 1_000;

type Minted = { token: Promise<string>; until: number };

/** `now` is the platform's time, not the product's: machines have clocks of their own, and nobody moves those. */
export function assertions([key]: DoorKeys, now: () => number): Assert {
  const imported = importJWK(key, ASSERTION_ALGORITHM);
  imported.catch(() => undefined); // Whoever needs it is told.
  const minted = new Map<string, Minted>();

  async function mint({ app, machineId, userId, sessionId }: Admission, at: number): Promise<string> {
    const issuedAt = Math.floor(at / SECOND_MS);
    return new SignJWT({ sid: sessionId })
      .setProtectedHeader({ alg: ASSERTION_ALGORITHM, kid: key.kid, typ: "JWT" })
      .setIssuer(ASSERTION_ISSUER)
      .setAudience(audienceOf(app, machineId))
      .setSubject(userId)
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + ASSERTION_SECONDS_MAX)
      .sign(await imported);
  }

  return (admission) => {
    const at = now();
    const name = `${admission.sessionId}/${admission.app}/${admission.machineId}`;
    const known = minted.get(name);
    if (known !== undefined && at < known.until) return known.token;
    const fresh = { token: mint(admission, at), until: at + USED_AGAIN_MS };
    minted.delete(name);
    minted.set(name, fresh);
    fresh.token.catch(() => minted.delete(name));
    if (minted.size > REMEMBERED_MAX) minted.delete(minted.keys().next().value ?? "");
    return fresh.token;
  };
}
