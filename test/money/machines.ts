import type { Intent } from "../../worker/domain/deployment/intent.ts";
import type { Terms } from "../../worker/domain/deployment/terms.ts";
import type { NewDeployment } from "../../worker/domain/deployment/state.ts";
import { initialState } from "../../worker/domain/deployment/state.ts";
import { snapshotOf } from "../../worker/domain/deployment/view.ts";
import { DAY_MS, toIso } from "../../worker/platform/clock.ts";
import type { Result } from "../../worker/platform/result.ts";
import { fail, ok } from "../../worker/platform/result.ts";
import type { Disk } from "./d1.ts";

/** A deployment as billing sees it: whether its object knows of it, what holds it, and whether it runs. Its life is another simulation's. */
export type Machine = {
  id: string;
  /** Its object was told of it. */
  isKnown: boolean;
  isWanted: boolean;
  holds: Set<string>;
  /** What its plan allows, as it was told last. */
  terms: Terms | null;
  isDeleted: boolean;
};

export const runs = ({ isKnown, isWanted, holds, isDeleted }: Machine): boolean =>
  isKnown && isWanted && holds.size === 0 && !isDeleted;

export class Machines {
  readonly all = new Map<string, Machine>();
  readonly #disk: Disk;
  readonly #now: () => number;
  onDestroy: (id: string) => void = () => undefined;

  constructor(disk: Disk, now: () => number) {
    this.#disk = disk;
    this.#now = now;
  }

  stub(id: string) {
    return {
      create: (row: NewDeployment): Result<unknown> => {
        const machine = this.#of(id);
        if (!machine.isKnown) {
          machine.isKnown = true;
          machine.terms = row.spec.terms ?? null;
          this.#project(row, machine);
        }
        return ok(snapshotOf(initialState(row), (slug) => slug));
      },
      intend: (intent: Intent): Result<unknown> => {
        const machine = this.all.get(id);
        if (machine === undefined || !machine.isKnown)
          return fail("deployment.not_found", "There is no such deployment.");
        if (machine.isDeleted) return fail("deployment.deleted", "It is deleted.");
        switch (intent.kind) {
          case "hold":
            machine.holds.add(intent.hold);
            break;
          case "release":
            machine.holds.delete(intent.hold);
            break;
          case "terms":
            machine.terms = intent.terms;
            break;
          case "delete":
            if (intent.purge) this.onDestroy(id);
            machine.isDeleted = true;
            this.#tellGone(id);
            break;
          default:
            throw new Error(`${intent.kind} is not in this model.`);
        }
        return ok(null);
      },
    };
  }

  #of(id: string): Machine {
    const machine = this.all.get(id) ?? {
      id,
      isKnown: false,
      isWanted: true,
      holds: new Set<string>(),
      terms: null,
      isDeleted: false,
    };
    this.all.set(id, machine);
    return machine;
  }

  #project(row: NewDeployment, { id }: Machine): void {
    const snapshot = JSON.stringify(snapshotOf(initialState(row), (slug) => slug));
    this.#disk.rows(
      `INSERT INTO deployment_status (deployment_id, version, phase, generation, observed_generation, overdue_at, snapshot)
       VALUES (?, 1, 'ready', 1, 1, ?, ?) RETURNING 1`,
      id,
      this.#now() + 3_650 * DAY_MS,
      snapshot,
    );
  }

  #tellGone(id: string): void {
    const at = toIso(this.#now());
    this.#disk.rows(
      `UPDATE deployment_status SET phase = 'deleted', snapshot = json_set(snapshot, '$.purgedAt', ?, '$.deletedAt', ?)
       WHERE deployment_id = ? RETURNING 1`,
      at,
      at,
      id,
    );
  }
}
