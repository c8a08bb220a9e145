import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cloudflareMailer } from "../../../worker/clients/mail/cloudflare.ts";
import type { Plane } from "../../support/plane.ts";
import { startPlane } from "../../support/plane.ts";
import { waitFor } from "../../e2e/support/wait-for.ts";

/** Mail by Cloudflare's own binding, as far as the platform's local runtime has one. */
let plane: Plane;
beforeAll(async () => {
  plane = await startPlane({ entry: "worker/index.ts", vars: { MAIL_VIA: "cloudflare" } });
});
afterAll(() => plane.close());

describe("mail by Cloudflare's binding", () => {
  it("goes out through it, once: the outbox says so and keeps no text", async () => {
    const email = `${randomUUID()}@example.com`;
    await fetch(new URL("/auth/signup", plane.control.url), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ email, password: "correct horse battery staple" }),
    });
    const db = await plane.control.d1();
    const row = await waitFor("the mail to be sent", 10_000, () =>
      db
        .prepare(
          "SELECT attempts, due_at, sent_at, body FROM outbox_mail WHERE recipient = ? AND sent_at IS NOT NULL",
        )
        .bind(email)
        .first(),
    );
    expect(row).toMatchObject({ attempts: 0, due_at: null, body: "" });
  });

  const refusing = (error: unknown) =>
    cloudflareMailer({
      from: "a@example.com",
      binding: {
        send: async () => {
          throw error;
        },
      },
    }).send({ id: "mail_1", to: "b@example.com", subject: "x", text: "x" });

  it("that was refused for good is not tried again; a limit is; a lost answer is unknown", async () => {
    const coded = (code: string) => Object.assign(new Error("no"), { code });
    expect((await refusing(coded("E_RECIPIENT_NOT_ALLOWED"))).kind).toBe("rejected");
    expect((await refusing(coded("E_RATE_LIMIT_EXCEEDED"))).kind).toBe("rate_limited");
    expect((await refusing(new Error("network"))).kind).toBe("unknown_outcome");
  });
});
