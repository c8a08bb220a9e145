import type { DriverStore } from "../../durable-objects/deployment/driver.ts";
import type { Debt, Meta, StoredEvent } from "../../durable-objects/deployment/records.ts";
import { NEW_META } from "../../durable-objects/deployment/records.ts";
import type { TimelineEvent } from "../../worker/domain/deployment/moves.ts";
import type { State } from "../../worker/domain/deployment/state.ts";
import { stateSchema } from "../../worker/domain/deployment/state.ts";
import type { Snapshot } from "../../worker/domain/deployment/view.ts";
import { instanceOf, snapshotOf } from "../../worker/domain/deployment/view.ts";

/** What survives: the document as text, the timeline, and what D1 was told. */
export class SimulatedStore {
  text = "";
  meta: Meta = { ...NEW_META };
  readonly events: StoredEvent[] = [];
  #parsed: State | null = null;

  /** A process that dies forgets what it had in its memory. */
  forget(): void {
    this.#parsed = null;
  }

  get state(): State {
    this.#parsed ??= stateSchema.parse(JSON.parse(this.text));
    return this.#parsed;
  }

  get snapshot(): Snapshot {
    return view(this.state);
  }

  commit(next: State, events: readonly TimelineEvent[]): { changed: boolean } {
    const text = JSON.stringify(next);
    const isChanged = text !== this.text;
    for (const event of events) this.events.push({ ...event, seq: this.events.length + 1 });
    if (isChanged) {
      this.text = text;
      // Read back from the text alone: what doesn't survive a round trip must show.
      this.forget();
      const version = this.meta.version + 1;
      this.meta = { ...this.meta, version, instanceVersion: version, backupsVersion: version };
    }
    return { changed: isChanged };
  }

  debt(state: State, overdueAt: number): Debt | null {
    const { meta } = this;
    const events = this.events.slice(meta.projectedSeq);
    if (meta.version <= meta.projectedVersion && events.length === 0 && overdueAt === meta.overdueAt)
      return null;
    return {
      version: meta.version,
      snapshot: view(state),
      instance: instanceOf(state),
      backups: state.status.backups,
      events,
      overdueAt,
    };
  }

  settle(debt: Debt, now: number): void {
    this.meta = {
      ...this.meta,
      projectedVersion: debt.version,
      projectedInstance: debt.version,
      projectedBackups: debt.version,
      projectedSeq: debt.events.at(-1)?.seq ?? this.meta.projectedSeq,
      projectedAt: now,
      overdueAt: debt.overdueAt,
      projectRetryAt: 0,
    };
  }

  setMeta(patch: Partial<Meta>): void {
    this.meta = { ...this.meta, ...patch };
  }
}

export const view = (state: State): Snapshot => snapshotOf(state, (slug) => `https://${slug}.example`);

/** The store as the driver sees it, through points at which the process may die. */
export const mortal = (
  store: SimulatedStore,
  mayDie: (point: "before commit" | "after commit") => void,
  live: () => void,
): DriverStore => ({
  load: () => {
    live();
    return store.state;
  },
  commit: (next, events) => {
    mayDie("before commit");
    const result = store.commit(next, events);
    mayDie("after commit");
    return result;
  },
  debt: (state, overdueAt) => store.debt(state, overdueAt),
  settle: (debt, now) => {
    live();
    store.settle(debt, now);
  },
  meta: () => store.meta,
  setMeta: (patch) => {
    live();
    store.setMeta(patch);
  },
});
