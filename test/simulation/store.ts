import type { DriverStore } from "../../durable-objects/deployment/driver.ts";
import type { Debt, Meta, StoredEvent } from "../../durable-objects/deployment/records.ts";
import { NEW_META, usageDebt } from "../../durable-objects/deployment/records.ts";
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
  /** Rows written so far, as the object's own SQLite would count them. */
  rowsWritten = 0;
  #parsed: State | null = null;
  #seen = { snapshot: "", instance: "", backups: "[]" };

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

  /** As `DeploymentStorage.commit`: a new version whenever what people see has changed. */
  commit(next: State, events: readonly TimelineEvent[]): { changed: boolean } {
    const text = JSON.stringify(next);
    if (text === this.text && events.length === 0) return { changed: false };
    for (const event of events) this.events.push({ ...event, seq: this.events.length + 1 });
    this.rowsWritten += 1 + events.length;
    this.text = text;
    // Read back from the text alone: what doesn't survive a round trip must show.
    this.forget();
    const before = this.#seen;
    this.#seen = {
      snapshot: JSON.stringify(view(next)),
      instance: JSON.stringify(instanceOf(next)),
      backups: JSON.stringify(next.status.backups),
    };
    const isChanged = before.snapshot !== this.#seen.snapshot;
    const isMoved = before.instance !== this.#seen.instance;
    const isBackedUp = before.backups !== this.#seen.backups;
    if (isChanged || isMoved || isBackedUp) {
      const version = this.meta.version + 1;
      this.setMeta({
        version,
        ...(isMoved ? { instanceVersion: version } : {}),
        ...(isBackedUp ? { backupsVersion: version } : {}),
      });
    }
    return { changed: isChanged };
  }

  debt(state: State, overdueAt: number): Debt | null {
    const { meta } = this;
    const events = this.events.slice(meta.projectedSeq);
    const usage = usageDebt(state);
    const isNews = meta.version > meta.projectedVersion || events.length + usage.length > 0;
    if (!isNews && overdueAt === meta.overdueAt) return null;
    const instance = meta.instanceVersion > meta.projectedInstance ? instanceOf(state) : null;
    const backups = meta.backupsVersion > meta.projectedBackups ? state.status.backups : null;
    const { version } = meta;
    const { accountId } = state.identity;
    return { version, snapshot: view(state), instance, backups, events, usage, accountId, overdueAt };
  }

  settle(debt: Debt, now: number): void {
    this.setMeta({
      projectedVersion: debt.version,
      projectedSeq: debt.events.at(-1)?.seq ?? this.meta.projectedSeq,
      projectedAt: now,
      overdueAt: debt.overdueAt,
      projectRetryAt: 0,
      ...(debt.instance === null ? {} : { projectedInstance: debt.version }),
      ...(debt.backups === null ? {} : { projectedBackups: debt.version }),
    });
  }

  setMeta(patch: Partial<Meta>): void {
    this.rowsWritten += 1;
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
