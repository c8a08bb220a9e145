import { RUNTIMES } from "../runtimes/index.ts";
import type { UsageRecord } from "../usage-record.ts";
import { usageRecordId } from "../usage-record.ts";
import type { Meter, UsageTold } from "./meter-schema.ts";
import type { MachineSeen } from "./moves.ts";
import type { State } from "./state.ts";
import { withStatus } from "./state.ts";

/**
 * What a deployment uses, from what its own life shows. A machine is used from each start to the exit that follows it,
 * both as Fly dates them; a volume from when it is known to exist until it is known to be gone. Pure, and silent while
 * nothing begins or ends.
 *
 * What nobody can know errs in the customer's favour: a run whose end Fly never showed ended when it was last seen
 * running, one whose beginning Fly never showed isn't counted, and a disk that was set aside or whose deployment is
 * deleted is never charged as an extra, though it costs us.
 */
type MeteredMachine = Meter["machines"][number];
type MeteredVolume = Meter["volumes"][number];

/** Takes in what the state has become, and what Fly showed of machines on the way there. The same state: nothing new. */
export function meter(state: State, seen: readonly MachineSeen[], now: number): State {
  const before = state.status.meter;
  const known = machinesOf(state);
  const relevant = seen.filter(({ id }) => known.has(id) || before.machines.some((other) => other.id === id));
  let next = before;
  for (const machine of relevant) next = takeMachine(next, state, machine, now);
  next = dropMachines(next, state, known);
  next = takeVolumes(next, state, now);
  return next === before ? state : withStatus(state, { meter: next });
}

/** The read model has confirmed these; what began or ended since is still to be told. */
export function confirmUsage(state: State, told: readonly UsageTold[]): State {
  const versions = new Set(told.map(({ version }) => version));
  const { meter: before } = state.status;
  const untold = before.untold.filter(({ version }) => !versions.has(version));
  return untold.length === before.untold.length ? state : withStatus(state, { meter: { ...before, untold } });
}

/** What goes on is told again: for a read model that lost what it knew. */
export function retellUsage(state: State): State {
  const { meter: before } = state.status;
  const { id } = state.identity;
  const open = [
    ...before.machines.flatMap((machine) => runOf(id, machine, null)),
    ...before.volumes.map((volume) => stayOf(id, volume, null)),
  ];
  return withStatus(state, { meter: tell(before, open) });
}

const machinesOf = ({ status, procedure }: State): ReadonlySet<string> =>
  new Set(
    [
      status.machine.is === "known" ? status.machine.id : null,
      procedure?.old?.machineId ?? null,
      ...status.leftovers.map(({ machineId }) => machineId),
    ].filter((id) => id !== null),
  );

const DOWN: ReadonlySet<MachineSeen["state"]> = new Set(["stopped", "suspended", "failed", "destroyed"]);
const UP: ReadonlySet<MachineSeen["state"]> = new Set(["started", "stopping"]);

function takeMachine(before: Meter, state: State, seen: MachineSeen, now: number): Meter {
  const known = before.machines.find(({ id }) => id === seen.id) ?? {
    id: seen.id,
    runningSince: null,
    guest: null,
    eventsUpTo: 0,
    seenAt: 0,
  };
  const newestAt = Math.max(0, ...seen.starts, ...seen.exits);
  // An answer older than one before: nothing in it is news.
  if (newestAt < known.eventsUpTo) return before;
  const { id } = state.identity;
  const guest = seen.guest ?? RUNTIMES[state.spec.runtime].guest;
  const told: UsageRecord[] = [];
  let machine: MeteredMachine = known;
  for (const { at, what } of newsOf(seen, known)) {
    // A start on a run whose exit Fly doesn't show (any more) ends it where it was last seen.
    told.push(...runOf(id, machine, what === "exit" ? at : Math.min(lastSeen(machine), at)));
    machine =
      what === "start"
        ? { ...machine, runningSince: at, guest, seenAt: at }
        : { ...machine, runningSince: null };
  }
  machine = { ...machine, eventsUpTo: newestAt };
  if (DOWN.has(seen.state)) {
    told.push(...runOf(id, machine, lastSeen(machine)));
    machine = { ...machine, runningSince: null };
  } else if (UP.has(seen.state)) machine = { ...machine, seenAt: now };
  const isNewRun = machine.runningSince !== null && machine.runningSince !== known.runningSince;
  if (isNewRun) told.push(...runOf(id, machine, null));
  const machines = [...before.machines.filter((other) => other.id !== seen.id), machine];
  return tell({ ...before, machines }, told);
}

type MachineEvent = { at: number; what: "start" | "exit" };

/**
 * What happened since it was last looked at, oldest first. Of one moment, what can follow: whoever runs ends first (a
 * restart), whoever is down starts first (one that died as it started).
 */
function newsOf({ starts, exits }: MachineSeen, { eventsUpTo, runningSince }: MeteredMachine) {
  const newsIn = (all: readonly number[]) => all.filter((at) => at > eventsUpTo).toSorted((a, b) => b - a);
  const [ups, downs] = [newsIn(starts), newsIn(exits)];
  const news: MachineEvent[] = [];
  let isUp = runningSince !== null;
  while (ups.length + downs.length > 0) {
    const [up = Infinity, down = Infinity] = [ups.at(-1), downs.at(-1)];
    isUp = up < down || (up === down && !isUp);
    news.push({ at: (isUp ? ups.pop() : downs.pop()) ?? 0, what: isUp ? "start" : "exit" });
  }
  return news;
}

const lastSeen = ({ runningSince, seenAt }: MeteredMachine): number => Math.max(runningSince ?? 0, seenAt);

/** The present run as a record; none when it doesn't run. */
const runOf = (deploymentId: string, machine: MeteredMachine, to: number | null): readonly UsageRecord[] =>
  machine.runningSince === null || machine.guest === null
    ? []
    : [
        {
          kind: "machine",
          deploymentId,
          resourceId: machine.id,
          from: machine.runningSince,
          to,
          guest: machine.guest,
        },
      ];

/** Machines that are no longer ours to look at. While one is looked for, nothing is concluded. */
function dropMachines(before: Meter, { identity, status }: State, known: ReadonlySet<string>): Meter {
  if (status.machine.is === "maybe") return before;
  const gone = before.machines.filter(({ id }) => !known.has(id));
  if (gone.length === 0) return before;
  const machines = before.machines.filter(({ id }) => known.has(id));
  const ended = gone.flatMap((machine) => runOf(identity.id, machine, lastSeen(machine)));
  return tell({ ...before, machines }, ended);
}

function takeVolumes(before: Meter, state: State, now: number): Meter {
  const present = volumesOf(state, before.volumes);
  const isSame = ({ id, sizeGb, includedGb }: MeteredVolume): boolean =>
    present.some((one) => one.id === id && one.sizeGb === sizeGb && one.includedGb === includedGb);
  const ended = before.volumes.filter((volume) => !isSame(volume));
  const kept = before.volumes.filter(isSame);
  const begun = present
    .filter(({ id }) => !kept.some((volume) => volume.id === id))
    .map((volume): MeteredVolume => ({ ...volume, since: now }));
  if (ended.length === 0 && begun.length === 0) return before;
  const { id } = state.identity;
  return tell({ ...before, volumes: [...kept, ...begun] }, [
    ...ended.map((volume) => stayOf(id, volume, now)),
    ...begun.map((volume) => stayOf(id, volume, null)),
  ]);
}

const stayOf = (deploymentId: string, volume: MeteredVolume, to: number | null): UsageRecord => ({
  kind: "volume",
  deploymentId,
  resourceId: volume.id,
  from: volume.since,
  to,
  sizeGb: volume.sizeGb,
  includedGb: volume.includedGb,
});

/** Every volume that is ours at Fly: the present one, one that is set aside, and those that are kept. */
function volumesOf(
  { spec, status, procedure }: State,
  metered: readonly MeteredVolume[],
): readonly Omit<MeteredVolume, "since">[] {
  const { volume } = status;
  const old = procedure?.old?.volume ?? null;
  const all = [
    ...(volume.is === "known"
      ? [
          {
            id: volume.id,
            sizeGb: volume.sizeGb,
            includedGb: spec.desired === "deleted" ? null : spec.terms.includedDiskGb,
          },
        ]
      : []),
    ...(old === null ? [] : [{ id: old.id, sizeGb: old.sizeGb, includedGb: null }]),
    ...status.keptVolumes.map(({ id }) => ({
      id,
      // How big it is nobody notes a second time.
      sizeGb: metered.find((other) => other.id === id)?.sizeGb ?? spec.diskGb,
      includedGb: null,
    })),
  ];
  return all.filter(({ id }, index) => all.findIndex((other) => other.id === id) === index);
}

function tell(before: Meter, records: readonly UsageRecord[]): Meter {
  let next = before;
  for (const record of records) {
    const version = next.version + 1;
    const others = next.untold.filter((told) => usageRecordId(told.record) !== usageRecordId(record));
    next = { ...next, version, untold: [...others, { version, record }] };
  }
  return next;
}
