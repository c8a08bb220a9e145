import { billingLetter } from "../../worker/domain/billing-letters.ts";
import type { Terms } from "../../worker/domain/deployment/terms.ts";
import { termsOf } from "../../worker/domain/deployment/terms.ts";
import type { Effect } from "../../worker/domain/entitlement/effects.ts";
import { toIso } from "../../worker/platform/clock.ts";
import { explain } from "../../worker/domain/entitlement/access.ts";
import { allDeployments, shredSecrets } from "../../worker/store/account-data.repo.ts";
import { insertMailOnce } from "../../worker/store/mail.repo.ts";
import { listMembers } from "../../worker/store/members.repo.ts";
import type { Deployment } from "../deployment/deployment.ts";
import type { Book } from "./book.ts";
import type { House } from "./project.ts";

/** Carries out one effect; each may be done twice. `false`: not all of it yet. */
export async function carryOut(house: House, effect: Effect, book: Book, now: number): Promise<boolean> {
  switch (effect.kind) {
    case "terms":
      return tellAll(house, { kind: "terms", terms: termsOf(effect.plan) });
    case "hold":
    case "release":
      return tellAll(house, { kind: effect.kind, hold: "billing" });
    case "mail":
      await write(house, effect, book, now);
      return true;
    case "alert":
      house.logger.error("billing.alert", { accountId: house.accountId, alert: effect.alert });
      return true;
    case "startDestroy":
    case "stopDestroy":
      return true; // The document says so; what it announces is done by `destroy`.
    case "destroy":
      return destroy(house);
  }
}

/**
 * Over for a deployment that is deleted. An object that knows of none will be told by the sweep, and then has to be held
 * at once; letting go of it is nothing.
 */
const OVER = {
  hold: new Set(["deployment.deleted"]),
  release: new Set(["deployment.deleted", "deployment.not_found"]),
  delete: new Set(["deployment.deleted"]),
  // It begins with the terms of its creation, which may be older than these.
  terms: new Set(["deployment.deleted"]),
};

/** What is called across. The platform's own stub type can't follow recursive JSON. */
type Wishes = Pick<Deployment, "intend">;

type Told =
  | { kind: "hold" | "release"; hold: "billing" }
  | { kind: "terms"; terms: Terms }
  | { kind: "delete"; purge: true };

async function tellAll({ db, env, accountId }: House, intent: Told): Promise<boolean> {
  const left = (await allDeployments(db, accountId)).filter(({ isPurged }) => !isPurged);
  const answers = await Promise.all(
    left.map(({ id }) => {
      const stub: unknown = env.DEPLOYMENT.getByName(id);
      return (stub as Wishes).intend(intent); // See the type.
    }),
  );
  return answers.every((answer) => answer.ok || OVER[intent.kind].has(answer.code));
}

/** Every deployment is purged at its own pace; when the last one is gone, so are its secrets and the account's key. */
async function destroy(house: House): Promise<boolean> {
  const left = (await allDeployments(house.db, house.accountId)).filter(({ isPurged }) => !isPurged);
  if (left.length > 0) {
    await tellAll(house, { kind: "delete", purge: true });
    return false;
  }
  await shredSecrets(house.db, house.accountId);
  return true;
}

/** To every owner, once. */
async function write(
  { db, config, accountId }: House,
  effect: Extract<Effect, { kind: "mail" }>,
  book: Book,
  now: number,
): Promise<void> {
  const { deadlineAt } = explain(book.entitlement, now);
  const letter = billingLetter(effect.mail, {
    origin: config.APP_ORIGIN,
    until: deadlineAt === null ? null : toIso(deadlineAt),
  });
  const owners = (await listMembers(db, accountId)).filter(({ role }) => role === "owner");
  for (const { userId, email } of owners)
    await insertMailOnce(db, {
      id: `${accountId}:${effect.key}:${userId}`,
      recipient: email,
      createdAt: now,
      ...letter,
    });
}
