import type { Backend } from "./backends/backend.ts";
import type { Machine } from "./entities.ts";
import type { MachineNotes } from "./machine-notes.ts";
import type { MachineRecords } from "./machine-records.ts";

/** A pull says where it is at most this often: a machine keeps 50 events, and the older ones matter too. */
const PROGRESS_EVERY_MS = 1_000;

export type PullOutcome = { kind: "ready" } | { kind: "failed"; message: string } | { kind: "interrupted" };

/**
 * Has the backend fetch a machine's image, and shows it as events of type `pull` (`pulling`, `pulled`, `failed`) with
 * the progress in `request.message`. Fly has no such events: they are this server's documented extension, so that a
 * first start that installs a runtime for a minute doesn't look stuck. An image that is there already leaves none.
 */
export async function pullImage(options: {
  backend: Backend;
  records: MachineRecords;
  machine: Machine;
  /** Resolves when the machine's record changed and the pull may no longer be wanted. The backend goes on with it. */
  interrupted: Promise<void>;
  notes: MachineNotes;
}): Promise<PullOutcome> {
  const { backend, records, machine, notes } = options;
  let isWatching = true;
  let shown = false;
  let lastShownAt = Number.NEGATIVE_INFINITY;
  const show = (status: "pulling" | "pulled", message: string) => {
    records.addEvent(machine.id, { type: "pull", status, source: "flyd", request: { message } });
    notes.say(machine, message);
  };
  const onProgress = (message: string) => {
    if (!isWatching || performance.now() - lastShownAt < PROGRESS_EVERY_MS) return;
    shown = true;
    lastShownAt = performance.now();
    show("pulling", message);
  };
  const prepared: Promise<PullOutcome> = backend.prepare(machine.config.image, onProgress).then(
    () => ({ kind: "ready" }),
    (error: unknown) => ({ kind: "failed", message: error instanceof Error ? error.message : String(error) }),
  );
  const outcome = await Promise.race([
    prepared,
    options.interrupted.then((): PullOutcome => ({ kind: "interrupted" })),
  ]);
  isWatching = false;
  if (outcome.kind === "ready" && shown) show("pulled", `Image ${machine.config.image} is ready`);
  return outcome;
}
