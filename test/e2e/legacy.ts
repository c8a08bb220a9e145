import type { BrowserContext } from "playwright-core";
import { create, logs, open, remove, restart } from "../../worker/contract/deployments.ts";
import type { ApiClient } from "../../worker/contract/client.ts";
import { openBrowser } from "./support/browser.ts";
import { appOf, flyClient, showsNothing } from "./support/fly.ts";
import { backendOption } from "./support/backend-option.ts";
import { ADD_JOB, JOB } from "./support/cron-job.ts";
import { deleted, Launchpad, served, signIn } from "./support/launchpad.ts";
import { processesOf } from "./support/processes.ts";
import type { Tell } from "./support/story.ts";
import { story } from "./support/story.ts";
import { waitFor } from "./support/wait-for.ts";

/** `npm run e2e:legacy`: Clawdbot and Moltbot start, become healthy, open in a browser, restart with their state kept, and stop cleanly. */
const CREATE_TIMEOUT_MS = 15 * 60_000;
const CHANGE_TIMEOUT_MS = 5 * 60_000;
const LOG_TIMEOUT_MS = 30_000;
const PAGE_TIMEOUT_MS = 90_000;

type World = { client: ApiClient; fly: ReturnType<typeof flyClient>; browser: BrowserContext };

async function lifeOf(
  runtime: "clawdbot" | "moltbot",
  bin: string,
  { client, fly, browser }: World,
  tell: Tell,
): Promise<void> {
  const created = await tell(`${runtime}: create → ready`, async () => {
    const json = { name: runtime, runtime, region: "fra", tier: "shared" } as const;
    return served(client, await client.call(create, { json }), CREATE_TIMEOUT_MS);
  });
  const { id } = created;
  const app = appOf(id);
  const machine = await fly.onlyMachine(app);
  const cli = (...args: readonly string[]) => fly.exec(app, machine.id, [bin, ...args]);

  await tell(`${runtime}: at its own name its machine shows nothing`, () => showsNothing(fly, machine.id));
  await tell(`${runtime}: Open leads into its own page, signed in, and a message is answered`, async () => {
    const { url } = await client.call(open, { params: { id } });
    const page = await browser.newPage();
    await page.goto(url);
    const composer = page.locator(".chat-compose textarea");
    await composer.and(page.locator(":enabled")).waitFor({ timeout: PAGE_TIMEOUT_MS });
    const text = `hello ${runtime} ${Date.now()}`;
    await composer.fill(text);
    await composer.press("Enter");
    await page
      .locator(".chat-group.assistant .chat-text")
      .filter({ hasText: text })
      .last()
      .waitFor({ timeout: PAGE_TIMEOUT_MS });
    const kept = `${page.url()} ${await page.evaluate<string>("JSON.stringify({ ...localStorage })")}`;
    const password = (await fly.exec(app, machine.id, ["printenv", "CLAWDBOT_GATEWAY_PASSWORD"])).trim();
    if (password === "" || kept.includes(password) || (await page.content()).includes(password))
      throw new Error("The gateway's password is in the browser.");
    await page.close();
  });
  await tell(`${runtime}: the log shows its own lines`, () =>
    waitFor("a line of the gateway", LOG_TIMEOUT_MS, async () => {
      const text = await (
        await client.request(logs, { params: { id }, query: { lines: 100, follow: 0 } })
      ).text();
      return /gateway|listening/i.test(text) ? text : null;
    }),
  );
  await tell(`${runtime}: a cron job is written into its state`, () => cli(...ADD_JOB, "--json"));
  await tell(`${runtime}: after a restart the job is still there and every process is another`, async () => {
    const before = await processesOf(machine.id);
    await served(client, await client.call(restart, { params: { id } }), CHANGE_TIMEOUT_MS);
    const after = await processesOf(machine.id);
    if (before.length === 0 || after.some((pid) => before.includes(pid)))
      throw new Error(`Before ${before.join()}, after ${after.join()}.`);
    if (!(await cli("cron", "list", "--json")).includes(JOB)) throw new Error("The job is gone.");
  });
  await tell(`${runtime}: after deletion no process, no port and no machine is left`, async () => {
    await client.call(remove, { params: { id } });
    await deleted(client, id, CHANGE_TIMEOUT_MS);
    const left = {
      processes: await processesOf(machine.id),
      machines: (await fly.allMachines()).filter(({ state }) => state !== "destroyed"),
      answers: (await fly.ask(machine.id, "/")).status,
    };
    if (left.processes.length > 0 || left.machines.length > 0 || left.answers !== 404)
      throw new Error(JSON.stringify(left));
  });
}

const launchpad = await Launchpad.create(backendOption());
const browser = await openBrowser();
await story("Clawdbot and Moltbot end to end", launchpad, async (tell) => {
  const addresses = await tell("npm start", () => launchpad.start());
  const client = await tell("sign up and log in", () =>
    signIn(addresses, "ada@example.com", "correct horse battery staple"),
  );
  const world = { client, fly: flyClient(addresses), browser };
  await lifeOf("clawdbot", "clawdbot", world, tell);
  await lifeOf("moltbot", "openclaw", world, tell);
});

await browser.close();
