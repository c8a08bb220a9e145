import { parseArgs } from "node:util";
import { z } from "zod";
import { runReaper } from "../../worker/contract/admin.ts";
import type { ApiClient } from "../../worker/contract/client.ts";
import { operatorSession } from "../../local/operator.ts";
import { apiClient } from "../../worker/contract/client.ts";
import { create, get, restart, retry, start, stop } from "../../worker/contract/deployments.ts";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../../worker/platform/clock.ts";
import { allowPlaces } from "../e2e/support/allow-places.ts";
import { killWorkers } from "../e2e/support/kill-workers.ts";
import type { Addresses } from "../e2e/support/launchpad.ts";
import { Launchpad, signIn } from "../e2e/support/launchpad.ts";
import { waitFor } from "../e2e/support/wait-for.ts";
import { badDay } from "./bad-day.ts";

/**
 * `npm run chaos -- --json`: 100 deployments are created and ordered about for a minute in which workerd is killed hard
 * every few seconds and Fly has every fault there is. Then the faults end, their owners want all of them up, and
 * everything has to become ready by itself: no machine twice, nothing left over. Stub machines, real workerd.
 */
const DEPLOYMENTS = 100;
/** By an operator's exception: so many people signing up at once from one network would be refused. */
const ACCOUNTS = 2;
const STORM_MS = MINUTE_MS;
const KILL_EVERY_MS = 3 * SECOND_MS;
const WISH_EVERY_MS = 300;
const READY_TIMEOUT_MS = 10 * MINUTE_MS;
/** The reaper doesn't judge what is younger than an hour. */
const OLD_ENOUGH_MS = 2 * HOUR_MS;

type Owned = { client: ApiClient; id: string };

const { json: isJson = false } = parseArgs({ options: { json: { type: "boolean" } } }).values;
const say = (text: string): void => void (isJson ? null : console.log(text));
const pause = (ms: number) => new Promise((elapsed) => setTimeout(elapsed, ms));

/** Repeats until it is answered: the control plane is dead half of the time. */
async function insist<T>(what: string, ask: () => Promise<T>): Promise<T> {
  return waitFor(what, READY_TIMEOUT_MS, async () =>
    ask().then(
      (value) => ({ value }),
      () => null,
    ),
  ).then(({ value }) => value);
}

async function signUpAll(addresses: Addresses): Promise<ApiClient[]> {
  const clients: ApiClient[] = [];
  for (let account = 0; account < ACCOUNTS; account += 1)
    clients.push(await signIn(addresses, `chaos-${account}@example.com`, "correct horse battery staple"));
  await allowPlaces(launchpad.state, DEPLOYMENTS / ACCOUNTS);
  return clients;
}

function createOne(client: ApiClient, index: number): Promise<Owned> {
  const json = { name: `chaos ${index}`, runtime: "openclaw", region: "fra", tier: "shared" } as const;
  const headers = { "idempotency-key": `chaos-${index}` };
  return insist("a create to be accepted", async () => ({
    client,
    id: (await client.call(create, { json, headers })).id,
  }));
}

/** Somebody changes their mind; a refusal or a dead control plane is none of our business. */
async function wishAnything({ client, id }: Owned): Promise<boolean> {
  const wishes = [start, stop, restart];
  const wish = wishes[Math.floor(Math.random() * wishes.length)] ?? start;
  return client.call(wish, { params: { id } }).then(
    () => true,
    () => false,
  );
}

/** What an owner does who wants it up: start what is stopped, try again what has failed, otherwise wait. */
async function isUp({ client, id }: Owned): Promise<boolean> {
  const { phase, generation, observedGeneration } = await client.call(get, { params: { id } });
  if (phase === "ready" && observedGeneration === generation) return true;
  if (phase === "stopped" || phase === "stopping") await client.call(start, { params: { id } });
  if (phase === "failed") await client.call(retry, { params: { id } });
  return false;
}

async function storm(addresses: Addresses, clients: readonly ApiClient[]) {
  const day = badDay(addresses);
  const endsAt = performance.now() + STORM_MS;
  const isOn = (): boolean => performance.now() < endsAt;
  const every = async (ms: number, act: () => Promise<unknown>): Promise<void> => {
    while (isOn()) {
      await pause(ms);
      await act();
    }
  };
  let kills = 0;
  let wishes = 0;
  const owned: Owned[] = [];
  const creating = Array.from({ length: DEPLOYMENTS }, async (_, index) => {
    const client = clients[index % ACCOUNTS];
    if (client === undefined) throw new Error("There are no accounts.");
    // Spread over the first half, so that every fault meets every step of somebody's create.
    await pause((index / DEPLOYMENTS) * (STORM_MS / 2));
    owned.push(await createOne(client, index));
  });
  await Promise.all([
    every(KILL_EVERY_MS, async () => {
      if (killWorkers(addresses) > 0) kills += 1;
    }),
    every(WISH_EVERY_MS, async () => {
      const one = owned[Math.floor(Math.random() * owned.length)];
      if (one !== undefined && (await wishAnything(one))) wishes += 1;
    }),
    day.rage(isOn),
  ]);
  await day.over();
  say(`The storm is over: ${kills} kills, ${wishes} wishes accepted.`);
  await Promise.all(creating);
  return { owned, kills, wishes, day };
}

async function untilUp(owned: readonly Owned[]): Promise<number> {
  const waiting = new Set(owned);
  const endsAt = performance.now() + READY_TIMEOUT_MS;
  while (waiting.size > 0 && performance.now() < endsAt) {
    for (const one of waiting) if (await isUp(one).catch(() => false)) waiting.delete(one);
    say(`${owned.length - waiting.size} of ${owned.length} are ready`);
    await pause(SECOND_MS);
  }
  for (const { client, id } of waiting) {
    const { phase, reason } = await client.call(get, { params: { id } });
    console.error(`${id} is ${phase}: ${reason}`);
  }
  return owned.length - waiting.size;
}

async function countStrays(addresses: Addresses): Promise<number> {
  const { api, clock, operator: one } = addresses;
  await fetch(`${clock}/advance`, { method: "POST", body: JSON.stringify({ ms: OLD_ENOUGH_MS }) });
  const token = await insist("the operator's login", () => operatorSession(addresses, one));
  const operator = apiClient({ baseUrl: api, token });
  const { lastRun, items } = await insist("the reaper", () => operator.call(runReaper, {}));
  if (lastRun?.complete !== true) throw new Error(`The reaper saw too little: ${JSON.stringify(lastRun)}`);
  for (const { kind, id, app } of items) console.error(`stray ${kind} ${id} of ${app}`);
  return lastRun.strays;
}

const launchpad = await Launchpad.create("stub", { flags: ["--faults"] });
try {
  const addresses = await launchpad.start();
  const clients = await signUpAll(addresses);
  say(`${clients.length} accounts are there.`);
  const { owned, kills, wishes, day } = await storm(addresses, clients);
  const begunAt = performance.now();
  const ready = await untilUp(owned);
  const seconds = Math.round((performance.now() - begunAt) / SECOND_MS);
  const apps = z.array(z.string()).parse((await day.machines()).map(({ app }) => app));
  const strays = await countStrays(addresses);
  const result = {
    deployments: owned.length,
    kills,
    wishes,
    faults: await day.report(),
    ready,
    secondsToReady: seconds,
    strays,
    duplicates: day.twins.size + (apps.length - new Set(apps).size),
  };
  console.log(JSON.stringify(result));
  if (ready !== DEPLOYMENTS || strays > 0 || result.duplicates > 0) process.exitCode = 1;
} catch (error) {
  console.error(error);
  console.error(await launchpad.log());
  process.exitCode = 1;
} finally {
  await launchpad.remove();
}
