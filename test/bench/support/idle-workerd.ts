import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { z } from "zod";
import { startMail } from "../../../local/mail/server.ts";
import { listen } from "../../../local/process/listen.ts";
import { bundleWorker } from "../../../local/workers/bundle.ts";
import { startControlPlane } from "../../../local/workers/control-plane.ts";
import { operateDeployment } from "../../../worker/contract/admin.ts";
import { apiClient } from "../../../worker/contract/client.ts";
import { create, get } from "../../../worker/contract/deployments.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, openClock, SECOND_MS } from "../../../worker/platform/clock.ts";
import { waitFor } from "../../e2e/support/wait-for.ts";
import { enrolFirst, operatorSession } from "../../../local/operator.ts";
import { benchAccount } from "./account.ts";
import { startCountingProxy } from "./counting-proxy.ts";
import { startStubFly } from "../../support/stub-fly.ts";
import { testVars } from "../../support/vars.ts";

/** The same at rest in workerd, with the real Worker, D1 and local Fly, in an hour that passes in a minute. */
const RATE = 60;
const ROOT = path.resolve(import.meta.dirname, "../../..");
const ORG = "bench";
const SWEEP_EVERY_MS = (5 * MINUTE_MS) / RATE;
const COUNTS = z.object({
  rowsRead: z.number(),
  rowsWritten: z.number(),
  rowsWrittenByObjects: z.number(),
  alarms: z.number(),
});

export type WorkerdCounts = z.infer<typeof COUNTS> & {
  flyCalls: number;
  watcherCalls: number;
  reaperCalls: number;
  /** Rows of D1 that metering one day of one deployment writes. */
  meterRowsPerDay: number;
};

const pause = (ms: number) => new Promise((elapsed) => setTimeout(elapsed, ms));

/** Counts over one hour of product time, after a jump of the clock by `jumpMs` and `runInMs` uncounted. */
export async function countInWorkerd(options: {
  deployments: number;
  jumpMs: number;
  runInMs: number;
}): Promise<WorkerdCounts> {
  const directory = await mkdtemp(path.join(os.tmpdir(), "launchpad-idle-"));
  const token = randomBytes(16).toString("hex");
  const operatorToken = randomBytes(16).toString("hex");
  let time = { offsetMs: 0, rate: 1, since: 0 };
  const fly = await startStubFly({ directory, token, org: ORG });
  const mail = await startMail({ file: path.join(directory, "mail.jsonl"), port: 0 });
  const clock = await listen(() => Response.json(time), 0);
  const proxy = await startCountingProxy(fly.url);
  const plane = await startControlPlane({
    onLog: () => undefined, // What is printed here is the result alone.
    worker: await bundleWorker(path.join(ROOT, "test/workerd/counting-worker.ts")),
    port: 0,
    persist: path.join(directory, "workers"),
    clockUrl: clock.url,
    vars: {
      ...testVars({
        fly: { ...fly, url: proxy.url },
        mailUrl: mail.url,
      }),
      OPERATOR_TOKEN: operatorToken,
    },
  });
  try {
    const client = await benchAccount(plane, mail.url);
    const doors = { api: plane.url.origin, clock: clock.url };
    const enrolled = await enrolFirst(doors, operatorToken);
    const json = { name: "idle", runtime: "openclaw", region: "fra", tier: "shared" } as const;
    const ids: string[] = [];
    for (let index = 0; index < options.deployments; index += 1)
      ids.push((await client.call(create, { json })).id);
    for (const id of ids)
      await waitFor(`${id} to be ready`, MINUTE_MS, async () =>
        (await client.call(get, { params: { id } })).phase === "ready" ? true : null,
      );
    await plane.sweep(); // Starts the watcher.

    time = {
      offsetMs: options.jumpMs,
      rate: RATE,
      since: Math.round(performance.timeOrigin + performance.now()),
    };
    const operator = apiClient({ baseUrl: doors.api, token: await operatorSession(doors, enrolled) });
    // Their alarms were set by the old clock.
    for (const id of ids) await operator.call(operateDeployment, { params: { id }, json: { kind: "poke" } });
    await pause(options.runInMs / RATE);

    const counts = async () => COUNTS.parse(await (await fetch(new URL("/__counts", plane.url))).json());
    await counts();
    const callsBefore = proxy.calls().length;
    const until = performance.now() + MINUTE_MS;
    const sweeps: Promise<void>[] = [];
    while (performance.now() < until) {
      await pause(Math.min(SWEEP_EVERY_MS, until - performance.now()));
      sweeps.push(plane.sweep());
    }
    const counted = await counts();
    const calls = proxy.calls().slice(callsBefore);
    await Promise.all(sweeps);
    const isWatchers = (call: string) => call === `GET /v1/orgs/${ORG}/machines`;
    const isReapers = (call: string) => call === "GET /v1/apps" || call === `GET /v1/orgs/${ORG}/volumes`;
    // The reaper reads the machines' list, too, once for each time it reads that of the volumes.
    const reaperRuns = calls.filter((call) => call === "GET /v1/apps").length;
    const sweepOften = async () => {
      for (let count = 0; count < METER_SWEEPS; count += 1) {
        await plane.sweep();
        await pause(SECOND_MS);
      }
    };
    const toNight = DAY_MS - ((await productTime(clock.url)) % DAY_MS) + 3 * HOUR_MS;
    time = { ...time, offsetMs: time.offsetMs + toNight };
    await sweepOften();
    await counts();
    time = { ...time, offsetMs: time.offsetMs + DAY_MS };
    await sweepOften();
    const night = await counts();
    return {
      ...counted,
      meterRowsPerDay: (night.rowsWritten - night.rowsWrittenByObjects) / options.deployments,
      watcherCalls: calls.filter(isWatchers).length - reaperRuns,
      reaperCalls: calls.filter(isReapers).length + reaperRuns,
      flyCalls: calls.filter((call) => !isWatchers(call) && !isReapers(call)).length,
    };
  } finally {
    await plane.close();
    await Promise.all([fly.stop(), mail.close(), proxy.close(), clock.close()]);
    await rm(directory, { recursive: true, force: true });
  }
}

/** Enough for objects that are found overdue to be heard of, and for their day to be metered then. */
const METER_SWEEPS = 5;

async function productTime(clockUrl: string): Promise<number> {
  return (await openClock({ fetch: () => fetch(clockUrl) })).now();
}

export const RUN_IN_MS = 20 * SECOND_MS * RATE;
