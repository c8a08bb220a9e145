import { rm } from "node:fs/promises";
import path from "node:path";
import { descendants } from "../support/kill-workers.ts";
import { Launchpad } from "../support/launchpad.ts";
import { story } from "../support/story.ts";
import { buildWorker } from "./build.ts";
import { Findings } from "./findings.ts";
import type { Backend } from "./life.ts";
import { Life } from "./life.ts";
import { inAssets, inFiles, inOutput, inProcesses, inRecords } from "./places.ts";
import type { Plant } from "./plants.ts";
import { markHouse } from "./story.ts";

/** One `npm start` from its beginning to its end, with what was found of its marks. */
const ROOT = path.resolve(import.meta.dirname, "../../..");
const ASSETS = path.join(ROOT, ".cache/dashboard");
const OVERLAYS = path.join(ROOT, "test/e2e/overlays");
/** A version that writes its secrets into its log and doesn't come up. */
const FAILING: Readonly<Record<Backend, string>> = {
  process: "2026.9.7-talkative",
  stub: "stub-talkative-exit-78",
};

export type Run = { findings: Findings; marks: number };
/** What happens in it; `lookNow` searches what there is while everything still runs. */
export type Act = (life: Life, failing: string, lookNow: () => Promise<void>) => Promise<void>;

/** Null when the story itself failed. */
export async function run(
  title: string,
  options: { backend: Backend; plants: readonly Plant[]; say: (text: string) => void },
  act: Act,
): Promise<Run | null> {
  const { backend, plants, say } = options;
  const worker = await buildWorker(plants);
  const launchpad = await Launchpad.create(backend, {
    env: {
      LAUNCHPAD_WORKER: worker,
      LAUNCHPAD_OVERLAYS: OVERLAYS,
      LAUNCHPAD_EXTRA_VERSIONS: JSON.stringify({ openclaw: [FAILING[backend]] }),
    },
  });
  const findings = new Findings();
  let marks: number | null = null;
  await story(
    title,
    launchpad,
    async (tell) => {
      const addresses = await tell("npm start", () => launchpad.start());
      const life = new Life(addresses, backend, tell);
      await markHouse(life, launchpad.state);
      await act(life, FAILING[backend], () =>
        tell("everything that runs is searched", async () => {
          const ours = new Set([addresses.pid, ...descendants(addresses.pid).map(({ pid }) => pid)]);
          await findings.search(life.marks.all, await inProcesses((pid) => ours.has(pid)));
          await findings.search(life.marks.all, inFiles(launchpad.state));
        }),
      );
      await tell("npm start ends", () => launchpad.stop());
      await tell("everything that is left is searched, and all that was answered", async () => {
        await findings.search(life.marks.all, inFiles(launchpad.state));
        await findings.search(life.marks.all, inRecords(life.recorder.all));
        await findings.search(life.marks.all, inOutput(launchpad.output));
        await findings.search(life.marks.all, inAssets(ASSETS));
      });
      marks = life.marks.all.length;
    },
    undefined,
    say,
  );
  await rm(path.dirname(worker), { recursive: true, force: true });
  return marks === null ? null : { findings, marks };
}
