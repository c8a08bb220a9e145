/** Refusals as Stripe words them: `{"error": {type, code, message, param, …}}`. */
type ErrorType = "invalid_request_error" | "card_error" | "idempotency_error" | "api_error";
type ErrorStatus = 400 | 401 | 402 | 404 | 409 | 429 | 500;

type Details = { code?: string; param?: string; decline_code?: string; payment_intent?: object };

export class StripeError extends Error {
  readonly status: ErrorStatus;
  readonly type: ErrorType;
  readonly details: Details;
  /** What was done on the way stays: a payment that failed is on record. Everything else is undone. */
  readonly keepsWork: boolean;

  constructor(
    status: ErrorStatus,
    type: ErrorType,
    message: string,
    options: Details & { keepsWork?: boolean } = {},
  ) {
    super(message);
    this.name = "StripeError";
    const { keepsWork = false, ...details } = options;
    this.status = status;
    this.type = type;
    this.details = details;
    this.keepsWork = keepsWork;
  }

  /** The body Stripe answers with. */
  get body(): { error: object } {
    return { error: { type: this.type, message: this.message, ...this.details } };
  }
}

export const invalid = (message: string, details: Details = {}): StripeError =>
  new StripeError(400, "invalid_request_error", message, details);

/** A missing object is a 404 where the path names it, and a 400 where a parameter does. */
export const missing = (what: string, id: string, param?: string): StripeError =>
  new StripeError(param === undefined ? 404 : 400, "invalid_request_error", `No such ${what}: '${id}'`, {
    code: "resource_missing",
    param: param ?? "id",
  });

export const declined = (
  decline: { code: string; decline_code?: string; message: string },
  options: { keepsWork: boolean; payment_intent?: object },
): StripeError => {
  const { message, ...codes } = decline;
  return new StripeError(402, "card_error", message, { ...codes, ...options });
};

export const unauthenticated = (): StripeError =>
  new StripeError(401, "invalid_request_error", "Invalid API Key provided.");
