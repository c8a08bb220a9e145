import { create, logs, remove, restart } from "../../worker/contract/deployments.ts";
import type { ApiClient } from "../../worker/contract/client.ts";
import { appOf, flyClient } from "./support/fly.ts";
import { ADD_JOB, JOB } from "./support/cron-job.ts";
import { deleted, Launchpad, served, signIn } from "./support/launchpad.ts";
import { processesOf } from "./support/processes.ts";
import type { Tell } from "./support/story.ts";
import { story } from "./support/story.ts";
import { waitFor } from "./support/wait-for.ts";

/** `npm run e2e:legacy`: Clawdbot and Moltbot start, become healthy, restart with their state kept, and stop cleanly. */
const CREATE_TIMEOUT_MS = 15 * 60_000;
const CHANGE_TIMEOUT_MS = 5 * 60_000;
const LOG_TIMEOUT_MS = 30_000;

type World = { client: ApiClient; fly: ReturnType<typeof flyClient> };

async function lifeOf(
  runtime: "clawdbot" | "moltbot",
  bin: string,
  { client, fly }: World,
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

  await tell(`${runtime}: its gateway is not open to who has no token`, async () => {
    const { status } = await fly.ask(machine.id, "/tools/invoke");
    if (status === 200) throw new Error("The gateway answers without a token.");
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

const launchpad = await Launchpad.create("process");
await story("Clawdbot and Moltbot end to end", launchpad, async (tell) => {
  const addresses = await tell("npm start", () => launchpad.start());
  const client = await tell("sign up and log in", () =>
    signIn(addresses, "ada@example.com", "correct horse battery staple"),
  );
  const world = { client, fly: flyClient(addresses) };
  await lifeOf("clawdbot", "clawdbot", world, tell);
  await lifeOf("moltbot", "openclaw", world, tell);
});
