/**
 * Refusals as the Machines API words them: `{"error": "<code>: <text>", "status"?: "<code>"}`. The leading codes are
 * gRPC's, mapped to HTTP the way Fly maps them (superfly/fly-go flaps/flaps_error.go; facts/fly.md section 4).
 */

export type FlyErrorStatus = 400 | 401 | 403 | 404 | 408 | 409 | 412 | 422 | 429 | 503;

export class FlyError extends Error {
  readonly status: FlyErrorStatus;
  /** Fly's machine-readable code, present on few errors (`name_taken`, `insufficient_capacity`, …). */
  readonly code: string | undefined;

  constructor(status: FlyErrorStatus, message: string, code?: string) {
    super(message);
    this.name = "FlyError";
    this.status = status;
    this.code = code;
  }

  /** The body Fly answers with. */
  get body(): { error: string; status?: string } {
    return this.code === undefined ? { error: this.message } : { error: this.message, status: this.code };
  }
}

/** Malformed or self-contradictory input. Fly's config refusals carry no code, only `invalid config.<field>, <why>`. */
export function badRequest(message: string): FlyError {
  return new FlyError(400, message);
}

export function notFound(message: string): FlyError {
  return new FlyError(404, message);
}

/** The request is fine and the machine, volume or app isn't in the state it needs. */
export function failedPrecondition(message: string): FlyError {
  return new FlyError(412, `failed_precondition: ${message}`);
}

/** Lost against another writer, a lease for instance. */
export function aborted(message: string): FlyError {
  return new FlyError(409, `aborted: ${message}`);
}

export function unprocessable(message: string, code?: string): FlyError {
  return new FlyError(422, message, code);
}

/** The 401 body of a wrong or missing token (facts/fly.md section 4). */
export function unauthenticated(): FlyError {
  return new FlyError(401, "Authenticate: token validation error");
}

/** An endpoint Fly has and this server doesn't: refused, because pretending it worked would hide a gap from its caller. */
export function notBuilt(what: string): FlyError {
  return new FlyError(404, `${what} is not built into the local Fly`);
}
