import { DurableObject } from "cloudflare:workers";
import { GENESIS, sealText } from "../../worker/domain/audit.ts";
import type { AuditRow } from "../../worker/domain/audit.ts";
import type { Env } from "../../worker/env.ts";
import { openClock, SECOND_MS } from "../../worker/platform/clock.ts";
import { sha256Hex } from "../../worker/platform/random.ts";
import type { Seal } from "../../worker/store/audit.repo.ts";
import { insertSeal, lastSeal, listUnsealed, settleUnsealed } from "../../worker/store/audit.repo.ts";
import { openDb } from "../../worker/store/db.ts";

/**
 * The one sealer of a chain of audit rows; its name is the chain's. D1 can't hash, and concurrent requests would fork a
 * chain, so rows are written unsealed and numbered here, one after another. An alarm does the work: it never runs beside
 * itself, and a failure is tried again by the platform. Should all of that be lost, the sweep asks again.
 */
const NUDGE_MS = SECOND_MS;
/** Statements of one batch; more rows wait for the next round of the same alarm. */
const BATCH_ROWS = 40;
const ROUNDS_MAX = 50;

export class AuditSealer extends DurableObject<Env> {
  #turn: Promise<unknown> = Promise.resolve();

  /** There is something to seal. */
  async nudge(): Promise<void> {
    if ((await this.ctx.storage.getAlarm()) !== null) return;
    const clock = await openClock(undefined);
    await this.ctx.storage.setAlarm(clock.now() + NUDGE_MS);
  }

  /** Seals what waits now; for those who can't wait for the alarm. */
  async seal(): Promise<void> {
    const turn = this.#turn.then(() => this.#sealAll());
    this.#turn = turn.catch(() => undefined); // The caller gets the error; the next in line is not concerned.
    await turn;
  }

  override async alarm(): Promise<void> {
    await this.seal();
  }

  async #sealAll(): Promise<void> {
    const chain = this.ctx.id.name;
    if (chain === undefined) return;
    const db = openDb(this.env.DB);
    const clock = await openClock(this.env.CLOCK);
    // The end of the chain is read once a round from where it is kept: a second writer would be found out by its key.
    for (let round = 0; round < ROUNDS_MAX; round += 1) {
      const rows = await listUnsealed(db, chain, BATCH_ROWS);
      if (rows.length === 0) return;
      const seals = await sealRows(rows, await lastSeal(db, chain), clock.now());
      const [first, ...rest] = seals.flatMap((seal) => [insertSeal(db, seal), settleUnsealed(db, seal)]);
      if (first !== undefined) await db.batch([first, ...rest]);
    }
  }
}

async function sealRows(
  rows: readonly AuditRow[],
  last: Seal | null,
  sealedAt: number,
): Promise<readonly Seal[]> {
  const seals: Seal[] = [];
  let previous = { seq: last?.seq ?? 0, hash: last?.hash ?? GENESIS };
  for (const row of rows) {
    const seq = previous.seq + 1;
    const hash = await sha256Hex(sealText(previous.hash, seq, row));
    seals.push({ chain: row.chain, seq, auditId: row.id, hash, sealedAt });
    previous = { seq, hash };
  }
  return seals;
}
