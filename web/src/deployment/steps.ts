import type { Deployment, DeploymentEvent } from "../../../worker/contract/deployments.ts";
import { PROVISIONING_STEPS } from "../../../worker/contract/deployments.ts";

export type StepName = DeploymentEvent["step"];

export type StepView = {
  name: StepName;
  state: "done" | "current" | "failed" | "waiting";
  /** What was done, what is waited for, or why it failed. */
  note: string | null;
  durationMs: number | null;
};

/**
 * The steps of the work a page shows: all eight of a provisioning, or the few of a later change. Where a provisioning
 * goes is known from the start; where it is comes from the snapshot; what each step took comes from the timeline, which
 * may be a moment behind. `events` are newest first, as the API lists them.
 */
export function stepsOf(deployment: Deployment, events: readonly DeploymentEvent[]): readonly StepView[] {
  const isFirst = deployment.readyAt === null;
  const ours = events.filter(({ generation }) => isFirst || generation === deployment.generation);
  const failed = deployment.phase === "failed" ? (failureIn(deployment, events)?.step ?? null) : null;
  const at = deployment.step?.name ?? failed;
  const plan = planOf(isFirst, at, ours);
  const position = at === null ? -1 : plan.indexOf(at);

  return plan.map((name, index): StepView => {
    const done = ours.find((event) => event.step === name && event.state === "done");
    if (name === failed) return { name, state: "failed", note: deployment.reason, durationMs: null };
    if (name === at) return { name, state: "current", note: deployment.waitingFor, durationMs: null };
    // A step before the present one is over, even when its line is still on its way or was never written.
    const isOver = position >= 0 ? index < position : done !== undefined;
    return isOver
      ? { name, state: "done", note: done?.message ?? null, durationMs: done?.durationMs ?? null }
      : { name, state: "waiting", note: null, durationMs: null };
  });
}

function planOf(
  isFirst: boolean,
  at: StepName | null,
  events: readonly DeploymentEvent[],
): readonly StepName[] {
  const seen = new Set<StepName>(events.filter(({ state }) => state === "done").map(({ step }) => step));
  if (at !== null) seen.add(at);
  for (const single of ["stop", "delete", "purge"] as const) if (at === single) return [single];
  const opener = (["restart", "update"] as const).filter((name) => seen.has(name));
  if (isFirst) {
    // A retry of a provisioning whose machine runs restarts it before its health is awaited again.
    const before = PROVISIONING_STEPS.indexOf("health");
    const extra = at === "restart" || at === "update" ? [at] : [];
    return [...PROVISIONING_STEPS.slice(0, before), ...extra, ...PROVISIONING_STEPS.slice(before)];
  }
  const first = PROVISIONING_STEPS.findIndex((name) => seen.has(name));
  const usual = PROVISIONING_STEPS.indexOf(opener.length > 0 ? "health" : "start");
  return [...opener, ...PROVISIONING_STEPS.slice(first < 0 ? usual : Math.min(first, usual))];
}

/** The newest failure of the newest wish. */
const failureIn = (
  { generation }: Deployment,
  events: readonly DeploymentEvent[],
): DeploymentEvent | undefined =>
  events.find((event) => event.state === "failed" && event.generation === generation);

/** How the first provisioning went, from the oldest lines; null while they aren't loaded or it isn't over. */
export function provisioningOf(
  deployment: Deployment,
  events: readonly DeploymentEvent[],
): { steps: readonly StepView[]; tookMs: number } | null {
  const oldestFirst = events.toReversed();
  const ready = oldestFirst.find(({ step, state }) => step === "ready" && state === "done");
  if (ready === undefined) return null;
  const until = oldestFirst.indexOf(ready);
  const steps = PROVISIONING_STEPS.map((name): StepView => {
    const done = oldestFirst
      .slice(0, until + 1)
      .findLast((event) => event.step === name && event.state === "done");
    return { name, state: "done", note: done?.message ?? null, durationMs: done?.durationMs ?? null };
  });
  // Without its first line the page doesn't reach back far enough, and `ready` may be a later one.
  if (steps[0]?.note === null) return null;
  return { steps, tookMs: Date.parse(ready.at) - Date.parse(deployment.createdAt) };
}
