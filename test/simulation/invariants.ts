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
export type Watch = { destroyedSeen: number; rowVersion: number; textSeen: string; downSince: number | null };

export const newWatch = (): Watch => ({ destroyedSeen: 0, rowVersion: 0, textSeen: "", downSince: null });

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

function same(what: string, atFly: readonly string[], known: readonly string[]): void {
  const [one, other] = [atFly.toSorted().join(), known.toSorted().join()];
  if (one !== other) throw new Violation(`Fly holds the ${what} [${one}], the document says [${other}].`);
}
