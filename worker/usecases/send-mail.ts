import { HOUR_MS, MINUTE_MS } from "../platform/clock.ts";
import { listDueMail, postponeMail, settleMail } from "../store/mail.repo.ts";
import type { OutgoingMail } from "../store/mail.repo.ts";
import type { Deps } from "./deps.ts";

const BATCH_MAX = 20;
const ATTEMPTS_MAX = 8;
const RETRY_FIRST_MS = MINUTE_MS;
const RETRY_LAST_MS = HOUR_MS;

/** Sends what is due. Safe to run twice at once: the mail service delivers an id once. */
export async function flushMail(deps: Deps): Promise<void> {
  for (const mail of await listDueMail(deps.db, deps.clock.now(), BATCH_MAX)) await sendOne(deps, mail);
}

async function sendOne({ db, mailer, clock, logger }: Deps, mail: OutgoingMail): Promise<void> {
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
  const hasHope = outcome.kind !== "rejected" && attempts < ATTEMPTS_MAX;
  logger.error("mail.not_sent", { mailId: mail.id, outcome: outcome.kind, attempts, givenUp: !hasHope });
  const delayMs = Math.min(RETRY_FIRST_MS * 2 ** (attempts - 1), RETRY_LAST_MS);
  await postponeMail(db, mail.id, attempts, hasHope ? clock.now() + delayMs : null);
}
