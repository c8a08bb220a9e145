import { create, get } from "../../worker/contract/deployments.ts";
import type { ApiClient } from "../../worker/contract/client.ts";
import { allowPlaces } from "./support/allow-places.ts";
import { killWorkers } from "./support/kill-workers.ts";
import type { Addresses } from "./support/launchpad.ts";
import { appOf, flyClient } from "./support/fly.ts";
import { Launchpad, signIn } from "./support/launchpad.ts";
import { story } from "./support/story.ts";
import { waitFor } from "./support/wait-for.ts";

/**
 * `npm run e2e:kill`: the Workers' processes are killed hard in the middle of a create, again and again at another
 * moment of it, and started again on the same state. Every deployment becomes ready, with one machine.
 */
const KILL_AFTER_MS = [0, 5, 10, 20, 40, 80, 120, 160];
const READY_TIMEOUT_MS = 3 * 60_000;

async function createAndKill(client: ApiClient, addresses: Addresses, afterMs: number): Promise<string> {
  const headers = { "idempotency-key": `kill-after-${afterMs}` };
  const json = {
    name: `killed after ${afterMs} ms`,
    runtime: "openclaw",
    region: "fra",
    tier: "shared",
  } as const;
  const ask = () => client.call(create, { json, headers });
  const asked = ask().catch(() => null); // The answer may die with the Worker.
  await new Promise((elapsed) => setTimeout(elapsed, afterMs));
  if (killWorkers(addresses) === 0) throw new Error("There was nothing to kill.");
  await asked;
  // Asking again with the same key is safe, whatever happened to the first answer.
  return waitFor("the control plane to come back", READY_TIMEOUT_MS, async () =>
    ask().then(
      ({ id }) => id,
      () => null,
    ),
  );
}

const launchpad = await Launchpad.create("stub");
await story("Kill in the middle of a create", launchpad, async (tell) => {
  const addresses = await tell("npm start", () => launchpad.start());
  const fly = flyClient(addresses);
  const client = await signIn(addresses, "ada@example.com", "correct horse battery staple");
  await allowPlaces(launchpad.state, KILL_AFTER_MS.length);
  for (const afterMs of KILL_AFTER_MS) {
    await tell(`killed after ${afterMs} ms: ready, with one machine`, async () => {
      const id = await createAndKill(client, addresses, afterMs);
      await waitFor("ready", READY_TIMEOUT_MS, async () => {
        const deployment = await client.call(get, { params: { id } }).catch(() => null); // It may still be starting.
        return deployment?.phase === "ready" ? deployment : null;
      });
      await fly.onlyMachine(appOf(id));
    });
  }
  await tell("the whole of it: as many machines as deployments", async () => {
    const machines = await fly.allMachines();
    if (machines.length !== KILL_AFTER_MS.length) throw new Error(`There are ${machines.length} machines.`);
  });
});
