import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { randomBytes } from "node:crypto";
import { startMail } from "../../local/mail/server.ts";
import { bundleWorker } from "../../local/workers/bundle.ts";
import type { ControlPlane } from "../../local/workers/control-plane.ts";
import { startControlPlane } from "../../local/workers/control-plane.ts";
import type { ApiClient } from "../../worker/contract/client.ts";
import { create, get } from "../../worker/contract/deployments.ts";
import { benchAccount } from "./support/account.ts";
import { startCountingProxy } from "./support/counting-proxy.ts";
import { median, percentile, rounded } from "./support/statistics.ts";
import { startStubFly } from "../support/stub-fly.ts";
import { testVars } from "../support/vars.ts";
import { provisionStraight } from "./support/straight-line.ts";

/**
 * `npm run bench:provision`: how much the control plane adds to provisioning. Create to ready of 50 deployments, one
 * after another and all at once, against a straight-line script making the same calls to the same local Fly in the
 * same run; the two take turns, because these machines are noisy. Prints one JSON object.
 */
const DEPLOYMENTS = 50;
const COUNTED = 10;
const ROOT = path.resolve(import.meta.dirname, "../..");
const ORGANIZATION = "bench";
const NO_LIMIT = 1_000_000;

/**
 * What is measured is `readyAt`, taken by the object itself on the same clock; asking is only to learn that it is over,
 * and rare, because every question costs the single thread that is being measured.
 */
const ASK_EVERY_MS = 200;

async function provision(client: ApiClient, count: number): Promise<number[]> {
  const begun = await Promise.all(
    Array.from({ length: count }, async () => {
      const at = performance.timeOrigin + performance.now();
      const json = { name: "bench", runtime: "openclaw", region: "fra", tier: "shared" } as const;
      return { at, id: (await client.call(create, { json })).id };
    }),
  );
  const took: number[] = [];
  for (const { at, id } of begun) took.push((await readyAt(client, id)) - at);
  return took;
}

async function readyAt(client: ApiClient, id: string): Promise<number> {
  for (;;) {
    await new Promise((elapsed) => setTimeout(elapsed, ASK_EVERY_MS));
    const { phase, readyAt: at, reason } = await client.call(get, { params: { id } });
    if (phase === "failed") throw new Error(reason);
    if (at !== null) return Date.parse(at);
  }
}

/** In memory where there is such a place: what is compared is code, not how fast this computer's disk can sync. */
const storage = existsSync("/dev/shm") ? "/dev/shm" : os.tmpdir();
const directory = await mkdtemp(path.join(storage, "launchpad-bench-"));
const token = randomBytes(16).toString("hex");
const fly = await startStubFly({ directory, token, org: ORGANIZATION });
const mail = await startMail({ file: path.join(directory, "mail.jsonl"), port: 0 });
const proxy = await startCountingProxy(fly.url);

const startPlane = async (entry: string, flyBase: string, persist: string): Promise<ControlPlane> =>
  startControlPlane({
    onLog: () => undefined, // What is printed here is the result alone.
    worker: await bundleWorker(path.join(ROOT, entry)),
    port: 0,
    requestsPerMinute: NO_LIMIT,
    persist: path.join(directory, persist),
    vars: testVars({
      fly: { ...fly, url: flyBase },
      mailUrl: mail.url,
    }),
  });

async function measure() {
  const plane = await startPlane("worker/index.ts", fly.url, "timed");
  const client = await benchAccount(plane, mail.url);
  const straight = () => provisionStraight({ base: fly.url, token, organization: ORGANIZATION });
  // Both sides once, unmeasured: neither a cold compiler nor a first connection is what is compared.
  await Promise.all(Array.from({ length: DEPLOYMENTS }, straight));
  await provision(client, DEPLOYMENTS);
  const one: { straight: number[]; launchpad: number[] } = { straight: [], launchpad: [] };
  for (let turn = 0; turn < DEPLOYMENTS; turn += 1) {
    one.straight.push(await straight());
    one.launchpad.push(...(await provision(client, 1)));
  }
  const all = {
    straight: await Promise.all(Array.from({ length: DEPLOYMENTS }, straight)),
    launchpad: await provision(client, DEPLOYMENTS),
  };
  await plane.close();
  return { one, all };
}

async function countCosts() {
  const plane = await startPlane("test/workerd/counting-worker.ts", proxy.url, "counted");
  const client = await benchAccount(plane, mail.url);
  const rows = async () =>
    ((await (await fetch(new URL("/__counts", plane.url))).json()) as { rowsWritten: number }).rowsWritten; // Our own counter.
  await rows();
  const callsBefore = proxy.calls().length;
  await provision(client, COUNTED);
  // The last projection may still be on its way, and the record is sealed a second later.
  await new Promise((elapsed) => setTimeout(elapsed, 5_000));
  const d1RowsWrittenPerCreate = (await rows()) / COUNTED;
  const flyCallsPerCreate = (proxy.calls().length - callsBefore) / COUNTED;
  await plane.close();
  return { flyCallsPerCreate, d1RowsWrittenPerCreate };
}

const summary = ({ straight, launchpad }: { straight: number[]; launchpad: number[] }) => ({
  straightMedianMs: rounded(median(straight)),
  straightP95Ms: rounded(percentile(straight, 0.95)),
  launchpadMedianMs: rounded(median(launchpad)),
  launchpadP95Ms: rounded(percentile(launchpad, 0.95)),
  overheadRatio: rounded(median(launchpad) / median(straight), 2),
});

try {
  const { one, all } = await measure();
  const costs = await countCosts();
  const oneByOne = summary(one);
  console.log(
    JSON.stringify(
      {
        overheadRatio: oneByOne.overheadRatio,
        ...costs,
        deployments: DEPLOYMENTS,
        storage,
        oneByOne,
        allAtOnce: summary(all),
      },
      null,
      2,
    ),
  );
} finally {
  await Promise.all([fly.stop(), mail.close(), proxy.close()]);
  await rm(directory, { recursive: true, force: true });
}
