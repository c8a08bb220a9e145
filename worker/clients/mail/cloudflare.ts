import type { Outcome } from "../../domain/outcome.ts";
import type { Mail, Mailer } from "./mailer.ts";

/** Mail by Cloudflare's own binding (`send_email`, developers.cloudflare.com/email-service). It knows no idempotency key. */
export type EmailBinding = {
  send(message: { from: string; to: string; subject: string; text: string }): Promise<unknown>;
};

/** Codes of refusals that surely sent nothing, and may be tried again (the same docs, "Error codes"). */
const TRY_AGAIN = new Set(["E_RATE_LIMIT_EXCEEDED", "E_DAILY_LIMIT_EXCEEDED"]);

export const cloudflareMailer = (input: { binding: EmailBinding; from: string }): Mailer => ({
  deliversOnce: false,
  async send(mail: Mail): Promise<Outcome<null>> {
    try {
      await input.binding.send({ from: input.from, to: mail.to, subject: mail.subject, text: mail.text });
      return { kind: "ok", value: null };
    } catch (error) {
      const code = error instanceof Error && "code" in error ? String(error.code) : "";
      if (TRY_AGAIN.has(code)) return { kind: "rate_limited", retryAfterMs: null };
      return code.startsWith("E_")
        ? { kind: "rejected", detail: `The mail service refused (${code}).` }
        : { kind: "unknown_outcome", detail: "The mail service did not answer." };
    }
  },
});
