/**
 * What the control plane asks of a machine's agent. The word on such a call is signed with the door's key, and yet can
 * never be taken for a browser's, nor a browser's for it: it has another issuer, another header, and a use of its own.
 */
export const CONTROL_HEADER = "launchpad-control";
export const CONTROL_ISSUER = "launchpad-control";
export const CONTROL_USE = "control";
/** A call is worth nothing after this, and nothing the second time. */
export const CONTROL_SECONDS_MAX = 60;
/** Everything below it is ours and reaches no gateway. */
export const CONTROL_PREFIX = "/.launchpad/";

/** What can be asked, by its last part of the path; always a POST. */
export const CONTROL_OPERATIONS = ["gateway-restart", "config-validate"] as const;
export type ControlOperation = (typeof CONTROL_OPERATIONS)[number];

export const controlPath = (operation: ControlOperation): string => `${CONTROL_PREFIX}${operation}`;

/** The claims beside `iss`, `aud`, `iat`, `exp` and `jti`: what was signed is this one call and no other. */
export type ControlClaims = {
  use: typeof CONTROL_USE;
  method: "POST";
  path: string;
  /** SHA-256 of the body, in hex. */
  body: string;
};

/** What an agent answers to a call it believes; whatever it says comes from a tenant's machine. */
export type ControlAnswer =
  | { ok: true; value: unknown }
  /** `not_offered`: this runtime has nothing of the kind. `busy`: not now. `failed`: it was tried in vain. */
  | { ok: false; code: "not_offered" | "busy" | "failed"; reason: string };

export const CONTROL_BODY_BYTES_MAX = 64 * 1024;
export const CONTROL_ANSWER_BYTES_MAX = 256 * 1024;
