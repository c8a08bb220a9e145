import type { Outcome } from "../../domain/outcome.ts";
import { withDeadline } from "../../platform/deadline.ts";
import type { Mail, Mailer } from "./mailer.ts";

const TIMEOUT_MS = 10_000;

/** Mail by Resend's HTTP API (`POST /emails` with `Idempotency-Key`, resend.com/docs/api-reference/emails). */
export function resendMailer(input: {
  fetch: typeof fetch;
  baseUrl: string;
  apiKey: string;
  from: string;
}): Mailer {
  return {
    deliversOnce: true,
    async send(mail: Mail): Promise<Outcome<null>> {
      try {
        const response = await withDeadline(TIMEOUT_MS, undefined, (signal) =>
          input.fetch(`${input.baseUrl}/emails`, {
            method: "POST",
            headers: {
              authorization: `Bearer ${input.apiKey}`,
              "content-type": "application/json",
              "idempotency-key": mail.id,
            },
            body: JSON.stringify({ from: input.from, to: [mail.to], subject: mail.subject, text: mail.text }),
            signal,
          }),
        );
        await response.body?.cancel();
        if (response.ok) return { kind: "ok", value: null };
        if (response.status === 429) return { kind: "rate_limited", retryAfterMs: null };
        const detail = `The mail service answered ${response.status}.`;
        return response.status >= 500 ? { kind: "unknown_outcome", detail } : { kind: "rejected", detail };
      } catch {
        return { kind: "unknown_outcome", detail: "The mail service did not answer." };
      }
    },
  };
}
