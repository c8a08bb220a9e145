import { HOUR_MS, MINUTE_MS } from "../platform/clock.ts";
import { claimMail, listDueMail, postponeMail, settleMail } from "../store/mail.repo.ts";
import type { OutgoingMail } from "../store/mail.repo.ts";
import type { Deps } from "./deps.ts";

const BATCH_MAX = 20;
const ATTEMPTS_MAX = 8;
/** Longer than a call can take: whoever claimed it and died left it to the next run. */
const CLAIM_MS = 2 * MINUTE_MS;
const RETRY_FIRST_MS = MINUTE_MS;
const RETRY_LAST_MS = HOUR_MS;

/**
 * Sends what is due. Each mail is claimed first, so that two runs at once don't both send it. Where the service delivers
 * an id once, what may have been lost is sent again; where it doesn't, it isn't: a link can be asked for again, but a
 * mail that came twice can't be taken back.
 */
export async function flushMail(deps: Deps): Promise<void> {
  for (const mail of await listDueMail(deps.db, deps.clock.now(), BATCH_MAX)) await sendOne(deps, mail);
}

async function sendOne({ db, mailer, clock, logger }: Deps, mail: OutgoingMail): Promise<void> {
  const now = clock.now();
  if (!(await claimMail(db, mail.id, now, mailer.deliversOnce ? now + CLAIM_MS : null))) return;
  const outcome = await mailer.send({
    id: mail.id,
    to: mail.recipient,
    subject: mail.subject,
    text: mail.body,
  });
  if (outcome.kind === "ok") {
    await settleMail(db, mail.id, clock.now());
    return;
  }
  const attempts = mail.attempts + 1;
  const mayBeOut = outcome.kind === "unknown_outcome" && !mailer.deliversOnce;
  const hasHope = outcome.kind !== "rejected" && !mayBeOut && attempts < ATTEMPTS_MAX;
  logger.error("mail.not_sent", { mailId: mail.id, outcome: outcome.kind, attempts, givenUp: !hasHope });
  const delayMs = Math.min(RETRY_FIRST_MS * 2 ** (attempts - 1), RETRY_LAST_MS);
  await postponeMail(db, mail.id, attempts, hasHope ? clock.now() + delayMs : null);
}
