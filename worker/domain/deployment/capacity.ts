import { DAY_MS, MINUTE_MS } from "../../platform/clock.ts";
import { nearbyRegions } from "../regions.ts";
import type { TimelineEvent } from "./moves.ts";
import { pauseLonger } from "./pause.ts";
import type { Procedure } from "./procedure-schema.ts";
import { beginProcedure, changeProcedure, makeRoom } from "./procedure.ts";
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
/** So long a copy's host is waited for before another copy is made, elsewhere: a step has time for a few. */
const HOST_WAIT_MS = 5 * MINUTE_MS;
const COPIED_WORDS = "Its new host has no room for the machine. Its data is copied to another host.";

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
      if (procedure !== null) {
        const other = op.kind === "create_machine" ? anotherCopy(state, procedure, now) : null;
        if (other !== null) return { state: other, events: [note(other, "restore", COPIED_WORDS, now)] };
        // It has its own way back; within it a full host is waited for until its step's deadline.
        return { state: pauseLonger(state, now, `No capacity: ${detail}`, RETRY_MS), events: [] };
      }
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

/** A copy that no machine has run on yet is kept aside, and another one made from the same source. `null`: not now. */
function anotherCopy(state: State, procedure: Procedure, now: number): State | null {
  const { volume, keptVolumes } = state.status;
  const { old, path, source, stageSince } = procedure;
  if (volume.is !== "known" || old === null || source === null) return null;
  if (path[0] !== "machine" || now - stageSince < HOST_WAIT_MS) return null;
  const until = now + state.spec.retentionDays * DAY_MS;
  const kept = {
    id: volume.id,
    region: volume.region,
    why: "never used: its host had no room",
    until,
    asked: false,
  };
  const again = changeProcedure(state, {
    path: ["volume", ...path],
    stageSince: now,
    old: { ...old, seenStoppedAt: null },
  });
  return withStatus(again, { volume: { is: "absent" }, keptVolumes: [...keptVolumes, kept] });
}

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
