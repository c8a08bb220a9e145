import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { tokenOf } from "../../../local/mail/token-of.ts";
import type { Plane } from "../../support/plane.ts";
import { startPlane } from "../../support/plane.ts";
import { waitFor } from "../../e2e/support/wait-for.ts";

/**
 * Nobody can learn from us who has an account: every path costs the same hashes, the same statements and the same rows,
 * and answers the same words (OWASP ASVS 5.0, 6.3.8). Counts are exact where times are noise; `npm run bench:login` has
 * the times.
 */
let plane: Plane;
beforeAll(async () => {
  plane = await startPlane({ entry: "test/workerd/counting-worker.ts" });
});
afterAll(() => plane.close());

const PASSWORD = "correct horse battery staple";
const messages = z.array(z.object({ subject: z.string(), links: z.array(z.string()) }));

const post = (path: string, body: unknown): Promise<Response> =>
  fetch(new URL(path, plane.control.url), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });

const mailTo = async (email: string) =>
  messages.parse(await (await fetch(`${plane.mail.url}/messages?to=${encodeURIComponent(email)}`)).json());

const newEmail = (): string => `${randomUUID()}@example.com`;

/** Signs up; verified or not. */
async function person(isVerified: boolean): Promise<string> {
  const email = newEmail();
  await post("/auth/signup", { email, password: PASSWORD });
  const [message] = await waitFor("the mail", 10_000, async () => {
    const all = await mailTo(email);
    return all.length > 0 ? all : null;
  });
  if (isVerified) await post("/auth/verify", { token: tokenOf(message?.links[0] ?? "") });
  return email;
}

/** What objects write, the sealer of the record above all, comes later and for several requests at once. */
const counts = z
  .object({
    statements: z.number(),
    hashes: z.number(),
    rowsWritten: z.number(),
    rowsWrittenByObjects: z.number(),
  })
  .transform(({ rowsWritten, rowsWrittenByObjects, ...own }) => ({
    ...own,
    rowsWritten: rowsWritten - rowsWrittenByObjects,
  }));

/** What a request costs, with what it leaves to be done after its answer, and what it says. */
async function costOf(ask: () => Promise<Response>, mailedTo: string | null) {
  const read = async () => counts.parse(await (await fetch(new URL("/__counts", plane.control.url))).json());
  const before = mailedTo === null ? 0 : (await mailTo(mailedTo)).length;
  await read();
  const answer = await ask();
  const text = await answer.text();
  if (mailedTo !== null)
    await waitFor("the mail", 10_000, async () => ((await mailTo(mailedTo)).length > before ? true : null));
  let cost = await read();
  // What comes after the answer is over when nothing more is counted.
  for (;;) {
    await new Promise((elapsed) => setTimeout(elapsed, 50));
    const more = await read();
    if (more.statements + more.hashes + more.rowsWritten === 0) break;
    cost = {
      statements: cost.statements + more.statements,
      hashes: cost.hashes + more.hashes,
      rowsWritten: cost.rowsWritten + more.rowsWritten,
    };
  }
  const {
    requestId: _,
    instance: __,
    ...said
  } = text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
  return { status: answer.status, said, cost };
}

describe("a refused login", () => {
  it("[6.3.8] costs and says the same for an unknown address, an unverified one and a wrong password", async () => {
    const [verified, unverified] = [await person(true), await person(false)];
    const attempt = (email: string) => () => post("/auth/login", { email, password: "a wrong password" });
    const [wrong, pending, unknown] = [
      await costOf(attempt(verified), null),
      await costOf(attempt(unverified), null),
      await costOf(attempt(newEmail()), null),
    ];
    expect(wrong.cost.hashes).toBe(1);
    expect(wrong.cost.statements).toBeGreaterThan(0);
    expect(pending).toEqual(wrong);
    expect(unknown).toEqual(wrong);
  });
});

describe("a sign-up", () => {
  it("[6.3.8] costs and says the same whether the address is known or not", async () => {
    const known = await person(true);
    const unknown = newEmail();
    const attempt = (email: string) => () => post("/auth/signup", { email, password: PASSWORD });
    const one = await costOf(attempt(known), known);
    const other = await costOf(attempt(unknown), unknown);
    expect(one.cost.hashes).toBe(1);
    expect(other).toEqual(one);
  });
});

describe("a forgotten password", () => {
  it("[6.3.8] costs and says the same whether the address is known or not", async () => {
    const known = await person(true);
    const unknown = newEmail();
    const attempt = (email: string) => () => post("/auth/password/forgot", { email });
    const one = await costOf(attempt(known), known);
    const other = await costOf(attempt(unknown), unknown);
    expect(one.cost.hashes).toBe(0);
    expect(other).toEqual(one);
  });
});
