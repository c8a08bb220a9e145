import { newId } from "../domain/ids.ts";
import { toIso } from "../platform/clock.ts";
import { insertMail } from "../store/mail.repo.ts";
import type { User } from "../store/users.repo.ts";
import { audited } from "./audit.ts";
import type { Told, Who } from "./audit.ts";
import type { Deps } from "./deps.ts";
import { securityLetter } from "./letters.ts";

/**
 * What its owner is told of and what stands on record, as statements for the batch of the change (OWASP ASVS 5.0,
 * 6.3.7). The mail goes out with the next `flushMail`.
 */
export const notice = (deps: Deps, user: Pick<User, "email">, what: string, who: Who, told: Told) => {
  const now = deps.clock.now();
  const letter = securityLetter(deps.config.APP_ORIGIN, what, toIso(now));
  const id = newId("mail", now, deps.random);
  return [
    insertMail(deps.db, { id, recipient: user.email, createdAt: now, ...letter }),
    audited(deps, who, told),
  ] as const;
};
