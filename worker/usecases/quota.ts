import type { Access } from "../domain/entitlement/access.ts";
import { access } from "../domain/entitlement/access.ts";
import type { AccountId, DeploymentId } from "../domain/ids.ts";
import type { MonthOfExtras } from "../domain/extras.ts";
import type { Place, Terms, Usage, Wish } from "../domain/quota.ts";
import { decideQuota } from "../domain/quota.ts";
import type { Tier } from "../domain/plans.ts";
import type { RuntimeId } from "../domain/runtimes/descriptor.ts";
import { RUNTIMES } from "../domain/runtimes/index.ts";
import { monthOf, monthsUsage } from "../domain/usage.ts";
import type { Failure } from "../platform/result.ts";
import { fail } from "../platform/result.ts";
import type { Subscription } from "../store/billing.repo.ts";
import { findSubscription } from "../store/billing.repo.ts";
import { findSpendCap } from "../store/extras.repo.ts";
import { accountRecordsSince } from "../store/usage.repo.ts";
import { listPlaces, trialLimitReached } from "../store/places.repo.ts";
import type { TrialLimits } from "../store/places.repo.ts";
import { listInvitations, listMembers } from "../store/members.repo.ts";
import type { Deps } from "./deps.ts";

/** Asks the domain whether an account may have what it wishes for, with what it has now. */

/** What a deployment takes of its plan; `diskGb` null: what its runtime begins with. */
type Taker = { runtime: RuntimeId; tier: Tier; diskGb: number | null };

const placeFor = ({ runtime, tier, diskGb }: Taker): Place => ({
  tier,
  diskGb: diskGb ?? RUNTIMES[runtime].volumeSizeGb,
});

/** What the account may do at this moment. */
export async function accessOf(deps: Deps, accountId: AccountId): Promise<Access> {
  return accessBy(await findSubscription(deps.db, accountId), deps.clock.now());
}

/** The same, by the account's row. */
export const accessBy = (subscription: Subscription | null, now: number): Access =>
  subscription === null ? NO_PLAN : access(subscription.entitlement, now);

const NO_PLAN: Access = {
  mayRun: false,
  mayCreate: false,
  mayScaleUp: false,
  plan: null,
  reason: "This account has no plan.",
};

/** Why the plan has no place for this deployment, beside all others; null when it has one. `known`: its row, just read. */
export async function placeRefused(
  deps: Deps,
  accountId: AccountId,
  deployment: { id: DeploymentId } & Taker,
  known?: Subscription | null,
): Promise<Failure | null> {
  const held = (await listPlaces(deps.db, accountId)).filter(({ id }) => id !== deployment.id);
  const places = held.map(placeFor);
  return refused(deps, accountId, { kind: "take_place", ...placeFor(deployment) }, { places }, known);
}

/**
 * Why a deployment that is there may not become this; null when it may. Once more, and then with the new tier for the
 * other quotas, where both change.
 */
export async function resizeRefused(
  deps: Deps,
  accountId: AccountId,
  present: { id: DeploymentId } & Place,
  wished: { tier?: Tier | undefined; diskGb?: number | undefined },
): Promise<Failure | null> {
  const { id, tier: from, diskGb: fromGb } = present;
  const { tier: to = from, diskGb: toGb = fromGb } = wished;
  const others = (await listPlaces(deps.db, accountId)).filter((place) => place.id !== id).map(placeFor);
  const beside = (place: Place) => ({ places: [place, ...others] });
  const tierRefused =
    to === from
      ? null
      : await refused(
          deps,
          accountId,
          { kind: "change_tier", from, to },
          beside({ tier: from, diskGb: fromGb }),
        );
  if (tierRefused !== null || toGb <= fromGb) return tierRefused;
  return diskRefused(deps, accountId, { fromGb, toGb }, beside({ tier: to, diskGb: fromGb }));
}

/** The one place that says whether a disk may grow. */
const diskRefused = (
  deps: Deps,
  accountId: AccountId,
  size: { fromGb: number; toGb: number },
  usage: Pick<Usage, "places">,
): Promise<Failure | null> => refused(deps, accountId, { kind: "grow_disk", ...size }, usage);

/** Trials of one network in a month; more of them are somebody's farm. */
const TRIALS_PER_NETWORK = 3;

export const trialLimits = ({ config }: Deps): TrialLimits => ({
  machinesMax: config.TRIAL_MACHINES_MAX,
  perNetwork: TRIALS_PER_NETWORK,
});

/** Why a trial has no place although its plan has; null when it has one. */
export async function trialRefused(deps: Deps, accountId: AccountId): Promise<Failure | null> {
  const reached = await trialLimitReached(deps.db, accountId, deps.clock.now(), trialLimits(deps));
  return reached === null ? null : fail("quota.exceeded", TRIAL_WORDS[reached]);
}

const TRIAL_WORDS = {
  machines: "All places for trials are taken at the moment. Try again later, or choose a plan.",
  network: "There were several trials from your network already. Choose a plan to go on.",
} as const;

/** All that counts against a plan's quotas. */
export async function usageOf(deps: Deps, accountId: AccountId): Promise<Usage> {
  const now = deps.clock.now();
  const [places, members, invitations] = await Promise.all([
    listPlaces(deps.db, accountId),
    listMembers(deps.db, accountId),
    listInvitations(deps.db, accountId, now),
  ]);
  return { places: places.map(placeFor), members: members.length + invitations.length, domains: 0 };
}

/** Why the plan has no room for another member beside so many members and invitations. */
export const memberRefused = (deps: Deps, accountId: AccountId, members: number): Promise<Failure | null> =>
  refused(deps, accountId, { kind: "add_member" }, { members });

async function refused(
  deps: Deps,
  accountId: AccountId,
  wish: Wish,
  usage: Partial<Usage>,
  known?: Subscription | null,
): Promise<Failure | null> {
  const subscription = known === undefined ? await findSubscription(deps.db, accountId) : known;
  const decide = (extras: Terms["extras"]) =>
    decideQuota(
      accessBy(subscription, deps.clock.now()),
      { places: [], members: 0, domains: 0, ...usage },
      wish,
      { deploymentsLimit: subscription?.deploymentsLimit ?? null, extras },
    );
  const verdict = decide(null);
  if (verdict.allowed) return null;
  if (verdict.code !== "billing.spend_cap") return fail(verdict.code, verdict.detail);
  // Only who wants extras is asked what they allow for them.
  const [cap, month] = await Promise.all([findSpendCap(deps.db, accountId), monthOfExtras(deps, accountId)]);
  const priced = decide({ capCents: cap?.capCents ?? 0, month });
  return priced.allowed ? null : fail(priced.code, priced.detail);
}

/** What this month's extras have come to, to the second. */
export async function monthOfExtras(deps: Deps, accountId: AccountId): Promise<MonthOfExtras> {
  const now = deps.clock.now();
  const { from, to } = monthOf(now);
  const records = await accountRecordsSince(deps.db, accountId, from);
  return { gbSeconds: monthsUsage(records, now).extraDiskGbSeconds, open: { from: now, to } };
}
