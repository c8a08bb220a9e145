import { createHash } from "node:crypto";
import { createLocalJWKSet, jwtVerify } from "jose";
import type { JSONWebKeySet } from "jose";
import { ASSERTION_ALGORITHM } from "../contract/assertion.ts";
import { CONTROL_ISSUER, CONTROL_SECONDS_MAX, CONTROL_USE } from "../contract/control.ts";

/**
 * Checks the control plane's word on a call. Unlike a browser's it is good for one call: a word is spent when it is
 * used, and what was signed is the method, the path and the body.
 */
export type ControlWords = {
  /** Whether it is a word of the control plane for this machine and this call; null for anything else. */
  read(token: string, call: { method: string; path: string }): Promise<Word | null>;
};

export type Word = {
  /** Whether this was the body, and the word hadn't been used before; from now on it has. */
  spend(body: Buffer): boolean;
};

const SKEW_SECONDS = 5;
const TOKEN_LENGTH_MAX = 2_048;
const JTI_LENGTH_MAX = 64;
/** More calls in a minute than anybody makes. Past it nothing is believed, since what was used could no longer be told. */
const SPENT_MAX = 1_000;

export function createControlWords(options: {
  keys: JSONWebKeySet;
  audience: string;
  now: () => number;
}): ControlWords {
  const keys = createLocalJWKSet(options.keys);
  /** What was used, and until when somebody could use it again. */
  const spent = new Map<string, number>();

  function isFirst(jti: string, until: number): boolean {
    const now = options.now();
    for (const [old, end] of spent) if (end < now) spent.delete(old);
    if (spent.has(jti) || spent.size >= SPENT_MAX) return false;
    spent.set(jti, until);
    return true;
  }

  return {
    async read(token, call) {
      if (token.length > TOKEN_LENGTH_MAX) return null;
      try {
        const { payload } = await jwtVerify(token, keys, {
          algorithms: [ASSERTION_ALGORITHM],
          issuer: CONTROL_ISSUER,
          audience: options.audience,
          requiredClaims: ["exp", "iat", "jti"],
          maxTokenAge: CONTROL_SECONDS_MAX,
          clockTolerance: SKEW_SECONDS,
          currentDate: new Date(options.now()),
        });
        const { exp, iat, jti, aud, use, method, path, body } = payload;
        if (exp === undefined || iat === undefined || typeof jti !== "string") return null;
        if (aud !== options.audience || exp - iat > CONTROL_SECONDS_MAX || jti.length > JTI_LENGTH_MAX)
          return null;
        if (use !== CONTROL_USE || method !== call.method || path !== call.path) return null;
        // As long as its clock and ours may disagree about its end.
        const until = (exp + SKEW_SECONDS) * 1000;
        return {
          spend: (sent) => body === createHash("sha256").update(sent).digest("hex") && isFirst(jti, until),
        };
      } catch {
        return null; // Which of its flaws it was is nobody's business.
      }
    },
  };
}
