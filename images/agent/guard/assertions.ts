import { createLocalJWKSet, jwtVerify } from "jose";
import type { JSONWebKeySet } from "jose";
import {
  ASSERTION_ALGORITHM,
  ASSERTION_ISSUER,
  ASSERTION_SECONDS_MAX,
  type AssertionClaims,
} from "../contract/assertion.ts";

/**
 * Checks what the door says of a request. A token that was found good is believed until it expires without being
 * verified again: the door uses one for many requests, and a signature costs more than all the rest of the guard.
 */
export type Assertions = {
  /** Who a token speaks of; null for anything but a valid token of the door for this machine. */
  check(token: string): Promise<AssertionClaims | null>;
};

/** How far the door's clock may be ahead of this machine's. */
const SKEW_SECONDS = 5;
/** A login has one valid token at a time, or two; this is many people. */
const REMEMBERED_MAX = 1_000;
/** Ours have some 400 characters; longer ones aren't looked at. */
const TOKEN_LENGTH_MAX = 2_048;

type Remembered = { claims: AssertionClaims; until: number };

export function createAssertions(options: {
  keys: JSONWebKeySet;
  audience: string;
  /** Milliseconds; this machine's own time, as the door mints by real time too. */
  now: () => number;
}): Assertions {
  const keys = createLocalJWKSet(options.keys);
  /** A Map keeps the order of insertion: the first is the one used longest ago. */
  const remembered = new Map<string, Remembered>();

  async function verify(token: string): Promise<Remembered | null> {
    try {
      const { payload } = await jwtVerify(token, keys, {
        algorithms: [ASSERTION_ALGORITHM],
        issuer: ASSERTION_ISSUER,
        audience: options.audience,
        requiredClaims: ["exp", "iat", "sub", "sid"],
        maxTokenAge: ASSERTION_SECONDS_MAX,
        clockTolerance: SKEW_SECONDS,
        currentDate: new Date(options.now()),
      });
      const { sub, sid, exp, iat, aud } = payload;
      if (sub === undefined || exp === undefined || iat === undefined || typeof sid !== "string") return null;
      // A list that names us among others is not for us alone, and the door never mints for longer than a minute.
      if (aud !== options.audience || exp - iat > ASSERTION_SECONDS_MAX) return null;
      return { claims: { sub, sid }, until: exp * 1000 };
    } catch {
      return null; // Which of its flaws it was is nobody's business.
    }
  }

  return {
    async check(token) {
      if (token.length > TOKEN_LENGTH_MAX) return null;
      const known = remembered.get(token);
      remembered.delete(token);
      const found = known !== undefined && options.now() < known.until ? known : await verify(token);
      if (found === null) return null;
      remembered.set(token, found);
      if (remembered.size > REMEMBERED_MAX) remembered.delete(remembered.keys().next().value ?? "");
      return found.claims;
    },
  };
}
