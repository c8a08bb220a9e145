import { nearbyRegions } from "../regions.ts";
import type { TimelineEvent } from "./moves.ts";
import { pauseLonger } from "./pause.ts";
import { beginProcedure, makeRoom } from "./procedure.ts";
import { note } from "./progress.ts";
import type { Op, State } from "./state.ts";
import { withStatus } from "./state.ts";
import { releaseOf } from "./release.ts";
import { fail } from "./trouble.ts";

/**
 * Fly has no room. A volume sits on one host of one region and its machine with it, so: without data the next region is
 * tried; with data the volume is forked onto another host; when neither helps, people are asked.
 */
type Told = { state: State; events: readonly TimelineEvent[] };

/** A full host may have room again in a moment; so long is one attempt worth. */
const RETRY_MS = 30_000;

/** `state` is the one from before the call, which surely changed nothing. */
export function applyCapacity(state: State, op: Op, detail: string, now: number): Told {
  const { status, procedure } = state;
  switch (op.kind) {
    case "create_volume":
      return nextRegion(state, detail, now);
    case "create_machine":
    case "start_machine":
    case "update_machine": {
      const roomy = op.kind === "update_machine" ? makeRoom(state, now) : null;
      if (roomy !== null) return toRoom(roomy, detail, now);
      // An undertaking has its own way back; within it a full host is waited for until its step's deadline.
      if (procedure !== null)
        return { state: pauseLonger(state, now, `No capacity: ${detail}`, RETRY_MS), events: [] };
      if (status.volume.is !== "known") return noRoom(state, detail, now);
      // A volume with a machine on it is not given up, whatever is known of what it holds.
      return status.hasData || status.machine.is === "known"
        ? move(state, status.volume.id, detail, now)
        : elsewhere(state, detail, now);
    }
    default:
      return noRoom(state, detail, now);
  }
}

const toRoom = (state: State, detail: string, now: number): Told => ({
  state,
  events: [
    note(
      state,
      "restore",
      `Its host has no room for the other machine size (${detail}). Moving it to another host, with its data.`,
      now,
    ),
  ],
});

const noRoom = (state: State, detail: string, now: number): Told =>
  fail(state, "fly.capacity", `Fly has no capacity: ${detail}`, now);

/** The regions of the plan, near ones first, each once. */
function nextRegion(state: State, detail: string, now: number): Told {
  const { spec, status } = state;
  const present = status.region ?? spec.region;
  const tried = [...new Set([...status.regionsTried, present])];
  const next = nearbyRegions(spec.region).find((region) => !tried.includes(region));
  if (next === undefined) {
    const failed = noRoom(state, detail, now);
    return { ...failed, state: withStatus(failed.state, { region: null, regionsTried: [] }) };
  }
  const moved = withStatus(state, { region: next, regionsTried: tried });
  const words = `No capacity in ${present} (${detail}). Trying ${next}.`;
  return { state: moved, events: [note(moved, "storage & network", words, now)] };
}

/** The volume never held anything: it is given up together with its region. */
function elsewhere(state: State, detail: string, now: number): Told {
  const { volume, keptVolumes } = state.status;
  const told = nextRegion(state, detail, now);
  if (volume.is !== "known" || told.state.status.regionsTried.length === 0) return told;
  const given = {
    id: volume.id,
    region: volume.region,
    why: "never used: no capacity for a machine on it",
    until: now,
    asked: false,
  };
  return {
    ...told,
    state: withStatus(told.state, { volume: { is: "absent" }, keptVolumes: [...keptVolumes, given] }),
  };
}

/** Forked onto another host, with all it holds; the old volume is kept until its retention ends. */
function move(state: State, volumeId: string, detail: string, now: number): Told {
  const target = state.status.good ?? releaseOf(state.spec);
  const begun = beginProcedure(state, { kind: "move", target, source: { volumeId } }, now);
  const words = `Its host has no room (${detail}). Moving it to another one, with its data.`;
  return { state: begun, events: [note(begun, "restore", words, now)] };
}
