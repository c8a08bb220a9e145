import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { Plugin } from "esbuild";
import { startClock } from "../../local/clock/server.ts";
import { startMail } from "../../local/mail/server.ts";
import { tokenOf } from "../../local/mail/token-of.ts";
import { CATALOG, LOCAL_STRIPE_KEY } from "../../local/shop.ts";
import type { Stripe } from "../../local/stripe/server.ts";
import { startStripe } from "../../local/stripe/server.ts";
import { startVendors } from "../../local/vendors/server.ts";
import { bundleWorker } from "../../local/workers/bundle.ts";
import type { ControlPlane } from "../../local/workers/control-plane.ts";
import { startControlPlane } from "../../local/workers/control-plane.ts";
import type { Me } from "../../worker/contract/auth.ts";
import { login, me, signup, verify } from "../../worker/contract/auth.ts";
import type { ApiClient } from "../../worker/contract/client.ts";
import { apiClient } from "../../worker/contract/client.ts";
import { createToken } from "../../worker/contract/tokens.ts";
import { waitFor } from "../e2e/support/wait-for.ts";
import { startStubFly } from "./stub-fly.ts";
import { testVars, WEBHOOK_SECRET } from "./vars.ts";

/**
 * A whole control plane on product time: stub machines, a local Stripe whose webhooks reach it, mail. Time stands in the
 * clock's file and is moved, never slept on.
 */
const ROOT = path.resolve(import.meta.dirname, "../..");
const ORG = "billed";
const FLY_TOKEN = "billed-token";
const MAIL_TIMEOUT_MS = 10_000;
const PASSWORD = "correct horse battery staple";

export type BilledPlane = Awaited<ReturnType<typeof startBilledPlane>>;

export async function startBilledPlane(options: { plugins?: Plugin[]; entry?: string } = {}) {
  const directory = await mkdtemp(path.join(os.tmpdir(), "launchpad-billed-"));
  const running: { control: ControlPlane | null; stripe: Stripe | null } = { control: null, stripe: null };
  const fly = await startStubFly({ directory, token: FLY_TOKEN, org: ORG });
  const mail = await startMail({ file: path.join(directory, "mail.jsonl"), port: 0 });
  const vendors = await startVendors({ port: 0 });
  const clock = await startClock({
    file: path.join(directory, "clock.json"),
    port: 0,
    async onAdvance() {
      await running.stripe?.tick();
      await running.control?.sweep();
    },
  });
  const stripe = await startStripe({
    file: null,
    port: 0,
    now: clock.now,
    apiKey: LOCAL_STRIPE_KEY,
    webhook: null,
    catalog: CATALOG,
    pollMs: 0,
  });
  running.stripe = stripe;
  const worker = await bundleWorker(
    path.join(ROOT, options.entry ?? "worker/index.ts"),
    options.plugins ?? [],
  );

  const start = async (): Promise<ControlPlane> =>
    startControlPlane({
      worker,
      onLog: (line) => (/request\.failed|_failed|not_read/.test(line) ? console.error(line) : undefined),
      port: running.control === null ? 0 : Number(running.control.url.port),
      persist: path.join(directory, "workers"),
      clockUrl: clock.url,
      requestsPerMinute: 1_000_000,
      vars: testVars({
        fly,
        mailUrl: mail.url,
        vendorsUrl: vendors.url,
        stripeUrl: stripe.url,
      }),
    });
  running.control = await start();
  const control = (): ControlPlane => {
    if (running.control === null) throw new Error("The control plane does not run.");
    return running.control;
  };

  const people = new Map<ApiClient, ApiClient>();
  const plane = {
    control,
    stripeUrl: stripe.url,
    mailUrl: mail.url,
    now: clock.now,
    async advance(ms: number): Promise<void> {
      const answer = await fetch(`${clock.url}/advance`, { method: "POST", body: JSON.stringify({ ms }) });
      if (!answer.ok) throw new Error(`Time does not move: ${await answer.text()}`);
    },
    /** What a test does at Stripe that there a person, a bank or time does. */
    async atStripe(route: string, body: object = {}): Promise<unknown> {
      const answer = await fetch(`${stripe.url}/_test/${route}`, {
        method: "POST",
        headers: { authorization: `Bearer ${LOCAL_STRIPE_KEY}`, "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      if (!answer.ok) throw new Error(`${route}: ${answer.status} ${await answer.text()}`);
      return answer.json();
    },
    /** What a customer's own session is told of who they are; their token isn't. */
    async me(client: ApiClient): Promise<Me> {
      const person = people.get(client);
      if (person === undefined) throw new Error("Nobody's client.");
      return person.call(me, {});
    },
    /** As an operator's exception: trials have one place. */
    async allowPlaces(client: ApiClient, places: number): Promise<void> {
      const { account } = await plane.me(client);
      const d1 = await control().d1();
      await d1
        .prepare("UPDATE subscriptions SET deployments_limit = ? WHERE account_id = ?")
        .bind(places, account.id)
        .run();
    },
    /** Subjects of what was mailed to somebody. */
    async mailTo(email: string): Promise<readonly string[]> {
      const answer = await fetch(`${mail.url}/messages?to=${encodeURIComponent(email)}`);
      return ((await answer.json()) as { subject: string }[]).map(({ subject }) => subject); // The local mailbox.
    },
    /** The Workers end and come back, with what is on disk. */
    async restart(): Promise<void> {
      await control().close();
      running.control = await start();
    },
    /** Somebody with an account, who asks with a token that outlives every session. */
    async customer(email: string): Promise<ApiClient> {
      const baseUrl = control().url.origin;
      const stranger = apiClient({ baseUrl, fetch });
      await stranger.call(signup, { json: { email, password: PASSWORD } });
      await stranger.call(verify, { json: { token: await mailedToken(mail.url, email) } });
      const answer = await stranger.call(login, { json: { email, password: PASSWORD } });
      if (answer.status !== "signed_in" || answer.token === undefined) throw new Error("Not signed in.");
      const person = apiClient({ baseUrl, fetch, token: answer.token });
      const { token } = await person.call(createToken, {
        json: {
          name: "the test",
          scopes: ["billing:read", "billing:write", "deployments:read", "deployments:write", "account:read"],
          days: 365,
        },
      });
      const client = apiClient({ baseUrl, fetch, token });
      people.set(client, person);
      return client;
    },
    async close(): Promise<void> {
      await control().close();
      await Promise.all([fly.stop(), mail.close(), vendors.close(), clock.close(), stripe.close()]);
      await rm(directory, { recursive: true, force: true });
    },
  };
  await plane.atStripe("webhooks", {
    mode: "in_order",
    endpoints: [{ url: `${control().url.origin}/billing/webhook`, secret: WEBHOOK_SECRET, events: ["*"] }],
  });
  return plane;
}

/** The token of the newest link that was mailed to somebody. */
const mailedToken = (mailUrl: string, to: string): Promise<string> =>
  waitFor(`mail to ${to}`, MAIL_TIMEOUT_MS, async () => {
    const answer = await fetch(`${mailUrl}/messages?to=${encodeURIComponent(to)}`);
    const [message] = (await answer.json()) as { links: string[] }[]; // The local mailbox.
    const link = message?.links[0];
    return link === undefined ? null : tokenOf(link);
  });
