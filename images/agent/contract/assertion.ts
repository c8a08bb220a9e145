/**
 * What the door says of every request it lets through: a JWT, signed with Ed25519, for one machine and less than a
 * minute. Its header is struck out before the gateway sees the request.
 */
export const ASSERTION_HEADER = "launchpad-assertion";
export const ASSERTION_ALGORITHM = "EdDSA";
export const ASSERTION_ISSUER = "launchpad-door";
/** A copy that got out is worth nothing after this. */
export const ASSERTION_SECONDS_MAX = 60;

/** The claims beside `iss`, `aud`, `iat` and `exp`. */
export type AssertionClaims = {
  /** The person, as the control plane knows them. */
  sub: string;
  /** Their login, so that one session can be told from another. */
  sid: string;
};

/** One machine of one app: a machine's id alone would do, its app makes a mix-up visible. */
export const audienceOf = (app: string, machineId: string): string => `${app}/${machineId}`;
