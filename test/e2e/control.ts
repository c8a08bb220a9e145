import { validateConfig } from "../../worker/contract/control.ts";
import type { ApiClient } from "../../worker/contract/client.ts";
import { create, events, logs, remove, restart } from "../../worker/contract/deployments.ts";
import { backendOption } from "./support/backend-option.ts";
import { ADD_JOB, JOB } from "./support/cron-job.ts";
import { appOf, flyClient } from "./support/fly.ts";
import { deleted, Launchpad, served, signIn } from "./support/launchpad.ts";
import { story } from "./support/story.ts";
import type { Tell } from "./support/story.ts";
import { waitFor } from "./support/wait-for.ts";

/**
 * `npm run e2e:control`: what the control plane has the agents of real gateways do. Their gateway is restarted alone,
 * with its state kept, and OpenClaw's own opinion of its configuration is heard.
 */
const CREATE_TIMEOUT_MS = 15 * 60_000;
const CHANGE_TIMEOUT_MS = 5 * 60_000;
const CONFIG = "/etc/launchpad/openclaw.json";

type World = { client: ApiClient; fly: ReturnType<typeof flyClient> };

/** The processes of a gateway's runs, as its agent's log tells of them. */
async function startsOf({ client }: World, id: string): Promise<number> {
  const text = await (
    await client.request(logs, { params: { id }, query: { lines: 1_000, follow: 0 } })
  ).text();
  return text.split(" is starting, process ").length - 1;
}

/** Asks for a gateway alone, waits until it serves again, and sees that its machine was left as it is. */
async function restarted(world: World, id: string): Promise<void> {
  const { client, fly } = world;
  const app = appOf(id);
  const before = await fly.onlyMachine(app);
  const starts = await startsOf(world, id);
  await client.call(restart, { params: { id }, query: { processOnly: "true" } });
  await waitFor("the gateway to go", CHANGE_TIMEOUT_MS, async () =>
    (await fly.ask(before.id, "/startupz")).status === 503 ? true : null,
  );
  await waitFor("the gateway to serve again", CHANGE_TIMEOUT_MS, async () =>
    (await fly.ask(before.id, "/startupz")).status === 200 ? true : null,
  );
  const after = await fly.onlyMachine(app);
  const asItWas = ({ id: machineId, state, events: told }: Seen) =>
    JSON.stringify([machineId, state, told?.map(({ type, timestamp }) => [type, timestamp])]);
  if (asItWas(after) !== asItWas(before)) throw new Error("Its machine is not as it was.");
  if ((await startsOf(world, id)) !== starts + 1) throw new Error("Its gateway was not started once more.");
  const { items } = await client.call(events, { params: { id }, query: { limit: 20 } });
  if (!items.some(({ message }) => message.includes("gateway alone")))
    throw new Error("The timeline doesn't tell of it.");
}

type Seen = { id: string; state: string; events?: { type: string; timestamp: number }[] };

async function openclaw(world: World, tell: Tell): Promise<void> {
  const { client, fly } = world;
  const { id } = await tell("openclaw: create → ready", async () => {
    const json = { name: "openclaw", runtime: "openclaw", region: "fra", tier: "shared" } as const;
    return served(client, await client.call(create, { json }), CREATE_TIMEOUT_MS);
  });
  const app = appOf(id);
  const machine = await fly.onlyMachine(app);
  await tell("openclaw: a cron job is written into its state", () =>
    fly.exec(app, machine.id, ["openclaw", ...ADD_JOB, "--json"]),
  );
  await tell("openclaw: its configuration is valid, it says itself", async () => {
    const verdict = await client.call(validateConfig, { params: { id } });
    if (!verdict.valid || verdict.issues.length > 0) throw new Error(JSON.stringify(verdict));
  });
  await tell("openclaw: a flaw in it is found, with its place", async () => {
    const config = JSON.parse(await fly.exec(app, machine.id, ["sh", "-c", `cat ${CONFIG}`])) as object;
    const flawed = JSON.stringify({ ...config, agents: { defaults: { nonsense: 3 } } });
    await fly.exec(app, machine.id, ["sh", "-c", `cat > ${CONFIG}`], flawed);
    const { valid, issues } = await client.call(validateConfig, { params: { id } });
    if (valid || issues[0]?.path !== "agents.defaults") throw new Error(JSON.stringify({ valid, issues }));
  });
  await tell("openclaw: its gateway restarts alone, and its machine stays as it is", () =>
    restarted(world, id),
  );
  await tell("openclaw: what it knew is there, and its configuration is whole again", async () => {
    if (!(await fly.exec(app, machine.id, ["openclaw", "cron", "list", "--json"])).includes(JOB))
      throw new Error("The job is gone.");
    const verdict = await client.call(validateConfig, { params: { id } });
    if (!verdict.valid) throw new Error(JSON.stringify(verdict));
  });
  await tell("openclaw: deleted", async () => {
    await client.call(remove, { params: { id } });
    await deleted(client, id, CHANGE_TIMEOUT_MS);
  });
}

async function clawdbot(world: World, tell: Tell): Promise<void> {
  const { client } = world;
  const { id } = await tell("clawdbot: create → ready", async () => {
    const json = { name: "clawdbot", runtime: "clawdbot", region: "fra", tier: "shared" } as const;
    return served(client, await client.call(create, { json }), CREATE_TIMEOUT_MS);
  });
  await tell("clawdbot: its gateway restarts alone, and its machine stays as it is", () =>
    restarted(world, id),
  );
  await tell("clawdbot: what it doesn't offer is said so", async () => {
    const code = await client.call(validateConfig, { params: { id } }).then(
      () => "no refusal",
      (error: { problem?: { code: string } }) => error.problem?.code,
    );
    if (code !== "deployment.not_offered") throw new Error(String(code));
  });
}

const launchpad = await Launchpad.create(backendOption());
await story("What agents are told to do", launchpad, async (tell) => {
  const addresses = await tell("npm start", () => launchpad.start());
  const client = await tell("sign up and log in", () =>
    signIn(addresses, "ada@example.com", "correct horse battery staple"),
  );
  const world = { client, fly: flyClient(addresses) };
  await openclaw(world, tell);
  await clawdbot(world, tell);
});
