import { createEmulator } from "emulate";
import type { Emulator } from "emulate";
import getPort from "get-port";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { resendMailer } from "../../../worker/clients/mail/resend.ts";

/** Our Resend adapter against a Resend that none of us wrote (`emulate`, Vercel Labs). */
let emulator: Emulator;
let baseUrl = "";

beforeAll(async () => {
  const port = await getPort({ host: "127.0.0.1" });
  emulator = await createEmulator({ service: "resend", port });
  baseUrl = `http://127.0.0.1:${port}`;
});

afterAll(() => emulator.close());

const mailer = () =>
  resendMailer({ fetch, baseUrl, apiKey: "re_test", from: "Launchpad <hello@launchpad.test>" });

type Listed = { data: { id: string; to: string[]; subject: string; text: string | null }[] };
const inbox = async (): Promise<Listed["data"]> =>
  (
    (await (
      await fetch(`${baseUrl}/emails`, { headers: { authorization: "Bearer re_test" } })
    ).json()) as Listed
  ).data; // As its docs say.

describe("mail by Resend", () => {
  it("arrives with address, subject and text", async () => {
    const outcome = await mailer().send({
      id: "mail_1",
      to: "ada@example.com",
      subject: "Hello",
      text: "A link: https://app.example/verify#token=x",
    });
    expect(outcome).toEqual({ kind: "ok", value: null });
    expect(await inbox()).toMatchObject([{ to: ["ada@example.com"], subject: "Hello" }]);
  });

  it("arrives once, however often it is sent under the same id", async () => {
    const mail = { id: "mail_2", to: "bob@example.com", subject: "Once", text: "hello" };
    await mailer().send(mail);
    await mailer().send(mail);
    expect((await inbox()).filter(({ subject }) => subject === "Once")).toHaveLength(1);
  });

  it("that Resend can't accept is refused for good", async () => {
    const outcome = await mailer().send({ id: "mail_3", to: "", subject: "", text: "" });
    expect(outcome.kind).toBe("rejected");
  });

  it("to a service that isn't there is a lost answer, not a refusal", async () => {
    const lost = resendMailer({ fetch, baseUrl: "http://127.0.0.1:9", apiKey: "x", from: "x@example.com" });
    expect(await lost.send({ id: "mail_4", to: "a@example.com", subject: "x", text: "x" })).toMatchObject({
      kind: "unknown_outcome",
    });
  });
});
