import { describe, expect, it } from "vitest";
import type { Intent } from "../../worker/domain/deployment/intent.ts";
import { FlyModel } from "./fly-model.ts";
import { SimulatedDeployment } from "./simulated-deployment.ts";

/**
 * Each story is told again and again, the process dying once at every point where it can: before and after each commit,
 * each call to Fly and each projection. However it goes, it must end the same, with nothing doubled and nothing lost.
 */
type Story = { name: string; wishes: readonly Intent[]; ends: string; machines: number; volumes: number };

const STORIES: readonly Story[] = [
  { name: "create", wishes: [], ends: "ready", machines: 1, volumes: 1 },
  { name: "restart", wishes: [{ kind: "restart" }], ends: "ready", machines: 1, volumes: 1 },
  { name: "stop", wishes: [{ kind: "stop" }], ends: "stopped", machines: 1, volumes: 1 },
  {
    name: "stop and start",
    wishes: [{ kind: "stop" }, { kind: "start" }],
    ends: "ready",
    machines: 1,
    volumes: 1,
  },
  { name: "update", wishes: [{ kind: "update", config: { a: 1 } }], ends: "ready", machines: 1, volumes: 1 },
  {
    name: "hold and release",
    wishes: [
      { kind: "hold", hold: "billing" },
      { kind: "release", hold: "billing" },
    ],
    ends: "ready",
    machines: 1,
    volumes: 1,
  },
  { name: "hold", wishes: [{ kind: "hold", hold: "abuse" }], ends: "stopped", machines: 1, volumes: 1 },
  { name: "delete", wishes: [{ kind: "delete", purge: false }], ends: "deleted", machines: 0, volumes: 1 },
  { name: "purge", wishes: [{ kind: "delete", purge: true }], ends: "deleted", machines: 0, volumes: 0 },
];

const ALARMS_MAX = 200;

async function untilServed(deployment: SimulatedDeployment): Promise<void> {
  for (let alarms = 0; alarms < ALARMS_MAX; alarms += 1) {
    const { observedGeneration, generation, purgedAt } = deployment.snapshot;
    const isOver =
      observedGeneration >= generation &&
      deployment.state.op === null &&
      (purgedAt !== null || !isPurging(deployment));
    if (isOver) return;
    await deployment.fire();
  }
  throw new Error(`It is stuck: ${deployment.snapshot.reason}`);
}

const isPurging = ({ state }: SimulatedDeployment): boolean =>
  state.spec.purge && state.status.purgedAt === null;

type Mishap = Partial<Pick<SimulatedDeployment, "dieAt" | "fault" | "changeOfMind">>;

async function tell(story: Story, mishap: Mishap) {
  const fly = new FlyModel();
  const deployment = new SimulatedDeployment(fly);
  Object.assign(deployment, mishap);
  await untilServed(deployment);
  for (const wish of story.wishes) {
    deployment.intend(wish);
    await untilServed(deployment);
  }
  // The last projection may have died with the process; the next alarm makes up for it.
  for (let alarms = 0; alarms < 5 && deployment.alarmAt !== null && story.ends !== "deleted"; alarms += 1)
    await deployment.fire();
  return { fly, deployment };
}

const FAULTS: readonly Omit<NonNullable<SimulatedDeployment["fault"]>, "call">[] = [
  { problem: { kind: "unknown_outcome", detail: "lost after success" }, happens: true },
  { problem: { kind: "unknown_outcome", detail: "lost before" }, happens: false },
  { problem: { kind: "unavailable", detail: "down" }, happens: false },
  { problem: { kind: "rate_limited", retryAfterMs: 1_000 }, happens: false },
  { problem: { kind: "conflict", detail: "aborted: lease currently held" }, happens: false },
];

describe.each(STORIES)("$name", (story) => {
  const expected = {
    phase: story.ends,
    machines: story.machines,
    volumes: story.volumes,
    startedAtOnceMax: 1,
  };
  const endOf = ({ fly, deployment }: Awaited<ReturnType<typeof tell>>) => ({
    phase: deployment.snapshot.phase,
    machines: fly.machines.length,
    volumes: fly.volumes.length,
    startedAtOnceMax: fly.startedAtOnceMax,
  });

  it("ends as wished", async () => {
    expect(endOf(await tell(story, {}))).toEqual(expected);
  });

  it("ends the same when the process dies anywhere on the way", async () => {
    const { points } = (await tell(story, {})).deployment;
    expect(points).toBeGreaterThan(20);
    for (let dieAt = 1; dieAt <= points; dieAt += 1) {
      const told = await tell(story, { dieAt });
      expect({ dieAt, ...endOf(told) }).toEqual({ dieAt, ...expected });
      const versions = told.deployment.told.map(({ version }) => version);
      expect(versions).toEqual(versions.toSorted((a, b) => a - b));
    }
  });

  it.each(FAULTS)(
    "ends the same when any one call to Fly meets $problem.kind ($problem.detail)",
    async (fault) => {
      const { calls } = (await tell(story, {})).deployment;
      for (let call = 1; call <= calls; call += 1) {
        const told = await tell(story, { fault: { ...fault, call } });
        expect({ call, ...endOf(told) }).toEqual({ call, ...expected });
      }
    },
  );
});

describe("changing one's mind in the middle of a create", () => {
  it.each<[Intent, string, number, number]>([
    [{ kind: "stop" }, "stopped", 1, 1],
    [{ kind: "delete", purge: false }, "deleted", 0, 1],
    [{ kind: "delete", purge: true }, "deleted", 0, 0],
    [{ kind: "update", config: { changed: true } }, "ready", 1, 1],
    [{ kind: "hold", hold: "billing" }, "stopped", 1, 1],
  ])("to %o converges to the last wish, whenever it comes", async (wish, phase, machinesMax, volumesMax) => {
    const create = STORIES[0];
    if (create === undefined) throw new Error("There is a first story.");
    const { calls } = (await tell({ ...create, ends: phase }, {})).deployment;
    for (let at = 1; at <= calls; at += 1) {
      const { fly, deployment } = await tell({ ...create, ends: phase }, { changeOfMind: { at, wish } });
      expect({ at, phase: deployment.snapshot.phase }).toEqual({ at, phase });
      expect(fly.machines.length).toBeLessThanOrEqual(machinesMax);
      expect(fly.volumes.length).toBeLessThanOrEqual(volumesMax);
      const running = fly.machines.filter(() => phase === "ready");
      expect(running.map(({ metadata }) => metadata["launchpad_generation"])).toEqual(running.map(() => "2"));
    }
  });
});
