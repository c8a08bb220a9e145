import { phaseOf } from "../../worker/domain/deployment/phase.ts";
import type { State } from "../../worker/domain/deployment/state.ts";
import { SECRET, SPOILT, type Volume } from "./fly/entities.ts";
import { view } from "./store.ts";
import type { World } from "./world.ts";

/** What must be true after every pass, whatever happened. Each throws `Violation` with a sentence. */
export class Violation extends Error {
  override name = "Violation";
}

/** What one run remembers from check to check. */
export type Watch = {
  /** How large each volume was. */
  sizes: Map<string, number>;
  destroyedSeen: number;
  rowVersion: number;
  textSeen: string;
  downSince: number | null;
};

export const newWatch = (): Watch => ({
  sizes: new Map(),
  destroyedSeen: 0,
  rowVersion: 0,
  textSeen: "",
  downSince: null,
});

export function checkAlways(world: World, watch: Watch): void {
  const { fly, store } = world;
  const { state } = store;
  if (fly.live().length > 1)
    throw new Violation(
      `${fly.live().length} machines run at once: ${fly
        .live()
        .map(({ id }) => id)
        .join(", ")}.`,
    );
  if (state.spec.generation < world.accepted) throw new Violation("A wish that was accepted is lost.");
  checkDestroyed(world, state, watch);
  checkDisk(world, watch);
  checkNoEmptyVolume(world);
  checkWakeUp(world, state);
  if (world.row !== null) {
    if (world.row.version < watch.rowVersion) throw new Violation("D1 went back to an older version.");
    watch.rowVersion = world.row.version;
  }
  if (store.text !== watch.textSeen) {
    watch.textSeen = store.text;
    checkSecret(store.text, "the document");
    checkSecret(JSON.stringify(store.events.at(-1) ?? ""), "the timeline");
  }
  checkStep(state);
  checkPace(world);
}

/** Fly allows a call a second; whoever is refused again and again has to come more and more seldom. */
const REFUSALS_A_MINUTE_MAX = 60;

function checkPace({ refusedAt }: World): void {
  const first = refusedAt.at(-REFUSALS_A_MINUTE_MAX);
  const last = refusedAt.at(-1);
  if (first !== undefined && last !== undefined && last - first < 60_000)
    throw new Violation(`It has hammered Fly: ${REFUSALS_A_MINUTE_MAX} refusals within a minute.`);
}

/** Data is destroyed by an explicit wish alone: a purge, or a retention that is over. */
function checkDestroyed({ fly }: World, { spec, status }: State, watch: Watch): void {
  for (const { volume, at } of fly.destroyed.slice(watch.destroyedSeen)) {
    const isPurge = spec.desired === "deleted" && spec.purge;
    const isOver =
      spec.desired === "deleted" && status.deletedAt !== null && at >= status.deletedAt + RETENTION_MS;
    const isKeptLongEnough = at >= volume.createdAt + RETENTION_MS;
    if (!isPurge && !isOver && !isKeptLongEnough)
      throw new Violation(
        `The volume ${volume.id} was destroyed with its data, and nobody had wished for it.`,
      );
  }
  watch.destroyedSeen = fly.destroyed.length;
}

/** No disk shrinks, in the wish or at Fly, and no copy is smaller than the disk it takes the place of. */
function checkDisk({ fly, store }: World, { sizes }: Watch): void {
  const { spec } = store.state;
  if (spec.diskGb < (sizes.get("wish") ?? 0)) {
    const isWithdrawn =
      store.state.status.lastOutcome?.reason?.startsWith("The disk could not grow") ?? false;
    if (!isWithdrawn) throw new Violation("The wish for a larger disk is lost.");
  }
  sizes.set("wish", spec.diskGb);
  for (const { id, sizeGb } of fly.volumes) {
    if (sizeGb < (sizes.get(id) ?? 0)) throw new Violation(`The disk of ${id} has shrunk.`);
    sizes.set(id, sizeGb);
  }
}

const RETENTION_MS = 7 * 24 * 3_600_000;

/** No machine ever runs on an empty volume where there once was a full one. */
function checkNoEmptyVolume(world: World): void {
  const { fly } = world;
  if (fly.firstWrite === null) return;
  for (const machine of fly.machines) {
    const volume = fly.volume(machine.volumeId);
    if (volume === undefined || volume.writes.length === 0) continue;
    const [first] = volume.writes;
    if (first !== fly.firstWrite && first !== SPOILT && !isWishedEmpty(world, volume))
      throw new Violation(`The machine ${machine.id} runs on a volume that lost its past.`);
  }
}

/** Who asks for a backup from before the first write gets it. */
const isWishedEmpty = ({ answers }: World, { isEmptyCopy }: Volume): boolean =>
  isEmptyCopy && answers.some(({ wish, ok }) => ok && wish.kind === "restore newest");

/** Whoever isn't finished has somebody to wake them: an alarm, or a row the sweep finds overdue. */
function checkWakeUp(world: World, state: State): void {
  const isForgotten = world.alarmAt === null && (world.row?.overdueAt ?? 0) > Number.MAX_SAFE_INTEGER / 2;
  if (isForgotten && state.status.purgedAt === null) throw new Violation("Nothing will ever wake it.");
}

function checkSecret(text: string, where: string): void {
  if (text.includes(SECRET)) throw new Violation(`A secret stands in ${where}.`);
}

/** A state that isn't final says what it waits for, and until when. */
function checkStep(state: State): void {
  const { step } = state.status;
  if (step !== null && step.deadlineAt <= step.startedAt)
    throw new Violation("A step has no time to be done in.");
  const snapshot = view(state);
  if (snapshot.reason === "") throw new Violation(`It is ${snapshot.phase} and says no reason.`);
}

/** While nothing is broken, "ready" may be wrong for the slow interval and no longer. */
const SLOW_INTERVAL_MS = 7 * 60_000;

export function checkTruth(world: World, watch: Watch): void {
  const isUp = world.fly.machines.some(({ healthy }) => healthy);
  const saysReady = phaseOf(world.store.state) === "ready";
  if (isUp || !saysReady) {
    watch.downSince = null;
    return;
  }
  watch.downSince ??= world.now;
  if (world.now - watch.downSince > SLOW_INTERVAL_MS)
    throw new Violation("It says ready, and the assistant has been down for longer than the slow interval.");
}

/** At rest Fly holds exactly what the document says, D1 knows the truth, and the data is what it should be. */
export function checkAtRest(world: World): void {
  const { fly, store, row } = world;
  const { state } = store;
  const { status, procedure } = state;
  const machines = [
    status.machine.is === "known" ? status.machine.id : null,
    procedure?.old?.machineId ?? null,
    ...status.leftovers.map(({ machineId }) => machineId),
  ].filter((id) => id !== null);
  const volumes = [
    status.volume.is === "known" ? status.volume.id : null,
    procedure?.old?.volume.id ?? null,
    ...status.keptVolumes.map(({ id }) => id),
  ].filter((id) => id !== null);
  same(
    "machines",
    fly.machines.map(({ id }) => id),
    machines,
  );
  same(
    "volumes",
    fly.volumes.map(({ id }) => id),
    volumes,
  );
  checkSize(world);
  if (row === null) throw new Violation("D1 never heard of it.");
  if (JSON.stringify(row.snapshot) !== JSON.stringify(store.snapshot))
    throw new Violation(
      `D1 says ${row.snapshot.phase}, it is ${store.snapshot.phase} (or differs in detail).`,
    );
  if (phaseOf(state) !== "ready") return;
  const [machine] = fly.machines;
  const volume = machine === undefined ? undefined : fly.volume(machine.volumeId);
  const wanted = status.good?.secretsRevision ?? -1;
  if (machine !== undefined && machine.secrets !== String(wanted))
    throw new Violation(`It runs with the secrets of revision ${machine.secrets}, not ${wanted}.`);
  if (machine?.healthy !== true) throw new Violation("It says ready, and the assistant does not answer.");
  const [first] = volume?.writes ?? [];
  const isWhole = first === fly.firstWrite || (volume !== undefined && isWishedEmpty(world, volume));
  if (volume?.writes.includes(SPOILT) === true || !isWhole)
    throw new Violation(
      `It says ready with data that was spoilt or lost: ${volume?.writes.slice(0, 3).join(", ")}.`,
    );
}

/** What Fly bills by, as it must be once everything is done. */
const GUESTS = {
  shared: { cpu_kind: "shared", cpus: 2, memory_mb: 2048 },
  dedicated: { cpu_kind: "performance", cpus: 1, memory_mb: 3072 },
} as const;

/** Machine, disk, address and backups are of the size that is wished for and paid. */
function checkSize({ fly, store, now }: World): void {
  const { spec, status, procedure } = store.state;
  const phase = phaseOf(store.state);
  if (phase === "deleted" && fly.ownIps.length > 0)
    throw new Violation("It is deleted, and an address of its own is still paid for.");
  if (phase !== "ready" && phase !== "stopped") return;
  const { volume } = status;
  const atFly = volume.is === "known" ? fly.volume(volume.id) : undefined;
  // What a stop has interrupted is gone on with first.
  if (procedure === null && atFly !== undefined && atFly.sizeGb !== spec.diskGb)
    throw new Violation(`Its disk has ${atFly.sizeGb} GB, ${spec.diskGb} are wished for.`);
  if (atFly !== undefined && atFly.backupDays !== spec.terms.backupDays)
    throw new Violation(`Backups are kept ${atFly.backupDays} days, not ${spec.terms.backupDays}.`);
  const served = (status.good ?? spec).tier;
  const wanted = served === "dedicated" && fly.app ? 1 : 0;
  if (fly.ownIps.length !== wanted)
    throw new Violation(`A ${served} one has ${fly.ownIps.length} addresses of its own.`);
  if (wanted === 1 && status.ownIp.is === "known" && status.ownIp.address !== fly.ownIps[0]?.address)
    throw new Violation("It tells another address than it has.");
  const wasJustPutBack = status.lastRollbackAt !== null && now - status.lastRollbackAt < 25 * 3_600_000;
  // What a stop has interrupted is put back first: until then it can't be told which tier that leaves it.
  const isBeingPutBack = phase === "stopped" && procedure?.direction === "back";
  if (!spec.terms.tiers.includes(spec.tier) && !wasJustPutBack && !isBeingPutBack)
    throw new Violation(`It is ${spec.tier}, and its plan has no such machines.`);
  const [machine] = fly.machines;
  if (phase !== "ready" || machine === undefined) return;
  if (spec.tier !== served) throw new Violation(`It is ready as ${served}, and ${spec.tier} is wished for.`);
  if (JSON.stringify(machine.guest) !== JSON.stringify(GUESTS[served]))
    throw new Violation(`A ${served} one has the machine ${JSON.stringify(machine.guest)}.`);
  if (machine.seesGb !== spec.diskGb)
    throw new Violation(`Its machine sees ${machine.seesGb} GB of ${spec.diskGb}.`);
}

function same(what: string, atFly: readonly string[], known: readonly string[]): void {
  const [one, other] = [atFly.toSorted().join(), known.toSorted().join()];
  if (one !== other) throw new Violation(`Fly holds the ${what} [${one}], the document says [${other}].`);
}
