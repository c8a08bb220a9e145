import { DAY_MS, MINUTE_MS } from "../platform/clock.ts";
import { describeError } from "../platform/logger.ts";
import { ok } from "../platform/result.ts";
import { deleteOldEvents } from "../store/billing.repo.ts";
import { deleteExpiredSignups } from "../store/accounts.repo.ts";
import { deleteExpiredKeys, listOverdue, listSilent } from "../store/deployments.repo.ts";
import { deleteOldMail } from "../store/mail.repo.ts";
import { deleteExpiredInvitations } from "../store/members.repo.ts";
import { deleteExpiredOneTimes } from "../store/one-time.repo.ts";
import { listUnsealedChains } from "../store/audit.repo.ts";
import { deleteExpiredSessions } from "../store/sessions.repo.ts";
import { deleteExpiredDevices } from "../store/users.repo.ts";
import { anchorAudit } from "./anchor-audit.ts";
import { callDeployment } from "./call-deployment.ts";
import type { Deps } from "./deps.ts";
import { FLEET } from "../domain/fleet/watcher.ts";
import { destroyAccounts } from "./destroy-accounts.ts";
import { pokeBilling, replayUndelivered } from "./hear-stripe.ts";
import { meterUsage } from "./meter-usage.ts";
import { reportUsage } from "./report-usage.ts";
import { reapStrays } from "./reap-strays.ts";
import { flushMail } from "./send-mail.ts";

/** Bounds one sweep; what is left over is still overdue at the next. */
const BATCH_MAX = 200;
/** Data keys wrapped anew by one sweep, after the key-encryption key was changed. */
const REWRAP_MAX = 100;
/** What was sent, or given up, is forgotten. */
const MAIL_KEPT_MS = 30 * DAY_MS;
/** As long as Stripe keeps its events, and a little. */
const EVENTS_KEPT_MS = 40 * DAY_MS;
/** Rows that nobody was nudged for. */
const UNSEALED_MS = MINUTE_MS;

/** A create that was told to its object would have been heard of by now. */
const SILENT_AFTER_MS = MINUTE_MS;

/**
 * The second safety net under every deployment, and the house-keeping. Runs from cron; each part goes on when another
 * fails.
 */
export async function sweep(deps: Deps): Promise<void> {
  const now = deps.clock.now();
  const parts: Record<string, () => Promise<unknown>> = {
    pokeOverdue: async () =>
      Promise.all((await listOverdue(deps.db, now, BATCH_MAX)).map((id) => poke(deps, id))),
    tellSilent: async () =>
      Promise.all(
        (await listSilent(deps.db, now - SILENT_AFTER_MS, BATCH_MAX)).map((row) =>
          callDeployment(deps, row.identity.id, (stub) => stub.create(row)),
        ),
      ),
    watch: () => deps.fleetWatcher.getByName(FLEET).ensure(),
    strays: () => reapStrays(deps),
    destroy: () => destroyAccounts(deps),
    billing: () => pokeBilling(deps),
    replay: () => replayUndelivered(deps),
    usage: () => meterUsage(deps),
    report: () => reportUsage(deps),
    mail: () => flushMail(deps),
    seal: () => sealOverdue(deps),
    anchor: () => anchorAudit(deps),
    rewrap: () => deps.vault.rewrap(REWRAP_MAX),
    expire: () =>
      deps.db.batch([
        deleteExpiredOneTimes(deps.db, now),
        deleteExpiredDevices(deps.db, now),
        deleteExpiredInvitations(deps.db, now),
        deleteOldMail(deps.db, now - MAIL_KEPT_MS),
        deleteExpiredSignups(deps.db, now),
        deleteExpiredSessions(deps.db, now),
        deleteExpiredKeys(deps.db, now),
        deleteOldEvents(deps.db, now - EVENTS_KEPT_MS),
      ]),
  };
  for (const [part, run] of Object.entries(parts)) {
    try {
      await run();
    } catch (error) {
      deps.logger.error("sweep.failed", { part, error: describeError(error) });
    }
  }
}

async function sealOverdue(deps: Deps): Promise<void> {
  const chains = await listUnsealedChains(deps.db, deps.clock.now() - UNSEALED_MS, BATCH_MAX);
  await Promise.all(chains.map((chain) => deps.auditSealers.getByName(chain).nudge()));
}

const poke = (deps: Deps, id: string) =>
  callDeployment(deps, id, async (stub) => {
    await stub.poke();
    return ok(null);
  });
