import path from "node:path";
import { z } from "zod";
import { listBackups } from "../../worker/contract/backups.ts";
import { create, get, update } from "../../worker/contract/deployments.ts";
import { ADD_JOB, JOB } from "./support/cron-job.ts";
import { appOf, flyClient } from "./support/fly.ts";
import { Launchpad, served, signIn } from "./support/launchpad.ts";
import { story } from "./support/story.ts";
import { waitFor } from "./support/wait-for.ts";

/**
 * `npm run e2e:rollback`: the real OpenClaw is updated to a release that spoils its state and exits with code 78. Image
 * and state are put back by themselves, and nothing of what was there is missing.
 */
const CREATE_TIMEOUT_MS = 15 * 60_000;
const ROLLBACK_TIMEOUT_MS = 10 * 60_000;
const cronList = z.object({ jobs: z.array(z.object({ name: z.string() })) });
const NOTE = "the tea is in the blue tin";
const BROKEN = "2026.9.7-broken";

const launchpad = await Launchpad.create("process", {
  env: {
    LAUNCHPAD_OVERLAYS: path.join(import.meta.dirname, "overlays"),
    LAUNCHPAD_EXTRA_VERSIONS: JSON.stringify({ openclaw: [BROKEN] }),
  },
});
await story("An update that fails, on the real OpenClaw", launchpad, async (tell) => {
  const addresses = await tell("npm start", () => launchpad.start());
  const client = await tell("sign up and log in", () =>
    signIn(addresses, "ada@example.com", "correct horse battery staple"),
  );
  const fly = flyClient(addresses);
  const { id, version } = await tell("create → ready", async () => {
    const json = { name: "rollback", runtime: "openclaw", region: "fra", tier: "shared" } as const;
    return served(client, await client.call(create, { json }), CREATE_TIMEOUT_MS);
  });
  const app = appOf(id);
  const before = await fly.onlyMachine(app);
  const jobsOf = async (machine: string) => {
    const answer = await fly.exec(app, machine, ["openclaw", "cron", "list", "--json"]);
    return cronList.parse(JSON.parse(answer)).jobs.map(({ name }) => name);
  };
  await tell("a cron job is written into its state", async () => {
    await fly.exec(app, before.id, ["openclaw", ...ADD_JOB, "--no-deliver"]);
    const jobs = await jobsOf(before.id);
    if (!jobs.includes(JOB)) throw new Error(`There are only ${jobs.join(", ")}.`);
  });
  const inShell = (machine: string, script: string) => fly.exec(app, machine, ["sh", "-c", script]);
  await tell("a note is written into its workspace", () =>
    inShell(before.id, `mkdir -p /data/workspace && echo '${NOTE}' > /data/workspace/note.md`),
  );

  const back = await tell(`updated to ${BROKEN}, it is rolled back by itself`, async () => {
    const { generation } = await client.call(update, { params: { id }, json: { version: BROKEN } });
    return waitFor("the roll-back", ROLLBACK_TIMEOUT_MS, async () => {
      const now = await client.call(get, { params: { id } });
      if (now.phase === "failed") throw new Error(now.reason);
      return now.observedGeneration >= generation && now.phase === "ready" ? now : null;
    });
  });
  await tell("its owner is told why, with the failing lines of its log", async () => {
    const { lastOutcome } = back;
    const isTold =
      back.version === version &&
      lastOutcome?.result === "rolled_back" &&
      lastOutcome.reason?.includes("78") === true &&
      lastOutcome.lines.some((line) => line.includes("refusing to start"));
    if (!isTold) throw new Error(JSON.stringify({ version: back.version, lastOutcome }));
  });
  const after = await tell("one machine is left, another one, on a volume made from the snapshot", () =>
    waitFor("one machine", ROLLBACK_TIMEOUT_MS, async () => {
      const [machine, ...others] = await fly.machines(app);
      return machine !== undefined && others.length === 0 && machine.id !== before.id ? machine : null;
    }),
  );
  await tell("the job is still there: the state is as before", async () => {
    const jobs = await jobsOf(after.id);
    if (!jobs.includes(JOB)) throw new Error(`The job is gone; there are ${jobs.join(", ")}.`);
    const note = await inShell(after.id, "cat /data/workspace/note.md");
    if (note.trim() !== NOTE) throw new Error(`The note says: ${note}`);
    const spoilt = await inShell(after.id, "grep -rl '^spoilt by' /data || true");
    if (spoilt.trim() !== "") throw new Error(`Spoilt: ${spoilt}`);
  });
  await tell("the snapshot taken before is among its backups", async () => {
    const { items } = await client.call(listBackups, { params: { id } });
    if (!items.some(({ kind, status }) => kind === "update" && status === "created"))
      throw new Error(JSON.stringify(items));
  });
});
