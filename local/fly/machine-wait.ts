import type { Cloud } from "./cloud.ts";
import { parseDuration } from "./durations.ts";
import type { Machine } from "./entities.ts";
import { badRequest, FlyError, notFound } from "./errors.ts";
import { isAtRest } from "./machine-lifecycle.ts";

const WANTED = new Set(["started", "stopped", "suspended", "destroyed", "failed", "settled"]);
/** Fly clamps the timeout between these (superfly/fly-go flaps_machines_wait.go). */
const SHORTEST_MS = 1_000;
const LONGEST_MS = 60_000;

export type WaitQuery = {
  states: readonly string[];
  version: string | undefined;
  fromEventId: string | undefined;
  timeout: string | undefined;
};

/**
 * `GET …/wait`: answers when the machine is in one of the states, 408 when the time is over, 404 when it is gone. The
 * machine was found when the call came, so a wait for `destroyed` that sees it happen answers 200.
 */
export async function waitForState(
  cloud: Cloud,
  machine: Machine,
  query: WaitQuery,
): Promise<Record<string, unknown>> {
  const wanted = query.states.flatMap((list) => list.split(",")).filter((state) => state !== "");
  if (wanted.length === 0) wanted.push("started");
  const odd = wanted.find((state) => !WANTED.has(state));
  if (odd !== undefined) throw badRequest(`invalid state: ${odd}`);
  const timeoutMs = timeoutOf(query.timeout);
  requireVersion(cloud, machine, query.version, wanted);

  const outcome = await new Promise<"reached" | "gone" | "late">((resolve) => {
    const look = () => {
      const current = cloud.machines.get(machine.id);
      if (current !== undefined && isReached(cloud, current, wanted, query)) finish("reached");
      else if (current === undefined || current.state === "destroyed") finish("gone");
    };
    const unsubscribe = cloud.machines.onChange(machine.id, look);
    const timer = setTimeout(() => finish("late"), timeoutMs).unref();
    const finish = (result: "reached" | "gone" | "late") => {
      unsubscribe();
      clearTimeout(timer);
      resolve(result);
    };
    look();
  });

  const current = cloud.machines.get(machine.id);
  if (outcome === "gone" || current === undefined) throw notFound("machine not found");
  if (outcome === "late") throw notReached(wanted, current.state);
  const eventId = cloud.machines.events(machine.id)[0]?.id ?? "";
  return { ok: true, state: current.state, version: current.instanceId, event_id: eventId };
}

function isReached(cloud: Cloud, machine: Machine, wanted: readonly string[], query: WaitQuery): boolean {
  if (query.version !== undefined && machine.instanceId !== query.version) return false;
  const newest = cloud.machines.events(machine.id)[0]?.id ?? "";
  if (query.fromEventId !== undefined && newest <= query.fromEventId) return false;
  return wanted.some((state) => (state === "settled" ? isSettled(machine) : machine.state === state));
}

/** Settled: in a state that stays as it is until somebody or something acts on the machine. */
function isSettled(machine: Machine): boolean {
  if (machine.state === "created") return isAtRest(machine);
  return machine.state === "started" || machine.state === "stopped" || machine.state === "failed";
}

/** A version the machine has left behind is `replaced` for ever (superfly/docs machines/machine-states). */
function requireVersion(
  cloud: Cloud,
  machine: Machine,
  version: string | undefined,
  wanted: readonly string[],
): void {
  if (version === undefined || version === machine.instanceId) return;
  const isKnown = cloud.store.versions.of(machine.id).some((known) => known.version === version);
  if (!isKnown) throw notFound("machine version not found");
  throw notReached(wanted, "replaced");
}

function notReached(wanted: readonly string[], state: string): FlyError {
  const want = wanted.join(",");
  return new FlyError(
    408,
    `deadline_exceeded: machine failed to reach desired state, ${want}, currently ${state}`,
  );
}

function timeoutOf(value: string | undefined): number {
  if (value === undefined || value === "") return LONGEST_MS;
  const ms = /^\d+$/.test(value) ? Number(value) * 1_000 : parseDuration(value);
  if (ms === null) throw badRequest(`invalid timeout: ${value}`);
  return Math.min(LONGEST_MS, Math.max(SHORTEST_MS, ms));
}
