import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { login, signup, verify } from "../worker/contract/auth.ts";
import { apiClient } from "../worker/contract/client.ts";
import { tokenOf } from "./mail/token-of.ts";
import { writePrivately } from "./state-dir.ts";

/** An account to look around with; made the way a person would, by signing up and opening the mailed link. */
const demoSchema = z.object({ email: z.string(), password: z.string() });
export type Demo = z.infer<typeof demoSchema>;

const EMAIL = "demo@launchpad.test";
const MAIL_TRIES = 100;
const MAIL_TRY_MS = 50;

export async function ensureDemo(input: { file: string; api: string; mail: string }): Promise<Demo> {
  const client = apiClient({ baseUrl: input.api });
  const known = await readDemo(input.file);
  const demo = known ?? { email: EMAIL, password: `demo-${randomBytes(9).toString("base64url")}` };
  if (known !== null && (await canLogIn())) return known;
  await client.call(signup, { json: demo });
  await client.call(verify, { json: { token: tokenOf(await linkIn(input.mail, demo.email)) } });
  await writePrivately(input.file, demo);
  return demo;

  async function canLogIn(): Promise<boolean> {
    return client.call(login, { json: demo }).then(
      () => true,
      () => false,
    );
  }
}

/** The newest link mailed to somebody. */
async function linkIn(mail: string, to: string): Promise<string> {
  for (let tries = 0; tries < MAIL_TRIES; tries += 1) {
    const messages = (await (await fetch(`${mail}/messages?to=${encodeURIComponent(to)}`)).json()) as {
      links: string[];
    }[]; // Our own sink.
    const link = messages[0]?.links[0];
    if (link !== undefined) return link;
    await new Promise((elapsed) => setTimeout(elapsed, MAIL_TRY_MS));
  }
  throw new Error("The verification mail did not arrive.");
}

async function readDemo(file: string): Promise<Demo | null> {
  const text = await readFile(file, "utf8").catch(() => null); // Not there yet.
  return text === null ? null : demoSchema.parse(JSON.parse(text));
}
