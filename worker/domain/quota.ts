import type { Access } from "./entitlement/access.ts";
import type { ErrorCode } from "./errors.ts";
import type { MonthOfExtras } from "./extras.ts";
import { dollarsOf, extraDiskGb, fullMonthCents, includedDiskGb, neededCents } from "./extras.ts";
import type { PlanId, Quotas, Tier } from "./plans.ts";
import { DISK_GB_MAX, GUESTS, PLANS, TIERS } from "./plans.ts";

/** The one place that says whether a plan, and what is paid of it, allows something to be created or changed. */

/** A deployment that holds a place of the plan: from its creation, or undeletion, until its machine is surely gone. */
export type Place = { tier: Tier; diskGb: number };

export type Usage = {
  places: readonly Place[];
  /** Members and open invitations. */
  members: number;
  domains: number;
};

export type Wish =
  /** A creation, an undeletion, or a restore into a new deployment: all take a place. */
  | ({ kind: "take_place" } & Place)
  | { kind: "change_tier"; from: Tier; to: Tier }
  | { kind: "grow_disk"; fromGb: number; toGb: number }
  | { kind: "keep_backups"; days: number }
  | { kind: "add_member" }
  | { kind: "add_domain" };

export type Verdict =
  | { allowed: true }
  | {
      allowed: false;
      code: Extract<ErrorCode, "billing.payment_required" | "billing.spend_cap" | "quota.exceeded">;
      detail: string;
      /** The quota in the way; null where it is the entitlement, or the owner's limit for extras. */
      excess: Excess | null;
    };

/** `used` is what would be in use, were it allowed. */
export type Excess = { what: keyof Quotas; used: number; limit: number } | { what: "tier"; tier: Tier };

const ALLOWED: Verdict = { allowed: true };

/** What holds for one account beside its plan. */
export type Terms = {
  /** An operator's exception from the plan's number of deployments; the machines' quotas grow with it. */
  deploymentsLimit: number | null;
  /** What its owner allows for extras in a month, and what this one has come to; null: no extras. */
  extras: { capCents: number; month: MonthOfExtras } | null;
};
const NO_TERMS: Terms = { deploymentsLimit: null, extras: null };

export function decideQuota(
  access: Access,
  usage: Usage,
  wish: Wish,
  { deploymentsLimit, extras }: Terms = NO_TERMS,
): Verdict {
  if (access.plan === null || !isEntitled(access, wish))
    return { allowed: false, code: "billing.payment_required", detail: access.reason, excess: null };
  const quotas = quotasOf(access.plan, deploymentsLimit);
  const excess = excessOf(access.plan, quotas, usage, wish);
  return excess === null
    ? decideExtras(access.plan, usage, wish, extras)
    : {
        allowed: false,
        code: "quota.exceeded",
        detail: `${words("Your plan", excess)}${WAY_OUT[excess.what]}`,
        excess,
      };
}

/** Disk beyond the plan's is an extra: refused where its owner's limit doesn't cover a month of it. */
function decideExtras(plan: PlanId, usage: Usage, wish: Wish, extras: Terms["extras"]): Verdict {
  const extraGb = extraDiskGb(plan, placesAfter(usage, wish));
  if (extraGb <= extraDiskGb(plan, usage.places)) return ALLOWED;
  const needed = extras === null ? fullMonthCents(extraGb) : neededCents(extraGb, extras.month);
  const capCents = extras?.capCents ?? 0;
  return needed <= capCents
    ? ALLOWED
    : {
        allowed: false,
        code: "billing.spend_cap",
        detail: capWords(extraGb, needed, capCents),
        excess: null,
      };
}

/** What is in the way of so much extra disk, and which sum would do. */
const capWords = (extraGb: number, needed: number, capCents: number): string =>
  `${extraGb} GB of disk beyond the plan cost up to ${dollarsOf(needed)} a month, and your limit for extras is ${dollarsOf(capCents)}. Raise the limit to at least ${dollarsOf(needed)} first.`;

/** What would hold a place, were it allowed. */
function placesAfter({ places }: Usage, wish: Wish): readonly Place[] {
  switch (wish.kind) {
    case "take_place":
      return [...places, wish];
    case "change_tier":
      return replaced(places, ({ tier }) => tier === wish.from, { tier: wish.to });
    case "grow_disk":
      return replaced(places, ({ diskGb }) => diskGb === wish.fromGb, { diskGb: wish.toGb });
    case "keep_backups":
    case "add_member":
    case "add_domain":
      return places;
  }
}

export function quotasOf(plan: PlanId, deploymentsLimit: number | null = null): Quotas {
  const { quotas } = PLANS[plan];
  if (deploymentsLimit === null) return quotas;
  const times = Math.max(1, deploymentsLimit / quotas.deployments);
  return {
    ...quotas,
    deployments: deploymentsLimit,
    cpus: quotas.cpus * times,
    memoryMb: quotas.memoryMb * times,
    diskGb: quotas.diskGb * times,
  };
}

/**
 * What an account has to part with before it can go over to `plan`; data is nothing that we choose to delete. More disk
 * than that plan includes becomes an extra, if its owner's limit allows for it.
 */
export function whatNoLongerFits(
  plan: PlanId,
  usage: Usage,
  capCents: number,
): readonly (Excess & { detail: string })[] {
  const quotas = quotasOf(plan);
  const whose = `The ${PLANS[plan].title} plan`;
  const missing = TIERS.filter(
    (tier) => !hasTier(plan, tier) && usage.places.some((place) => place.tier === tier),
  ).map((tier): Excess => ({ what: "tier", tier }));
  const over = COUNTED.filter((what) => total(usage, what) > quotas[what]).map((what): Excess => ({
    what,
    used: total(usage, what),
    limit: quotas[what],
  }));
  const extraGb = extraDiskGb(plan, usage.places);
  const needed = fullMonthCents(extraGb);
  const limit = includedDiskGb(plan);
  const used = Math.max(0, ...usage.places.map(({ diskGb }) => diskGb));
  return [
    ...[...missing, ...over].map((excess) => ({ ...excess, detail: words(whose, excess) })),
    ...(needed > capCents
      ? [{ what: "diskGb", used, limit, detail: capWords(extraGb, needed, capCents) } as const]
      : []),
  ];
}

function isEntitled(access: Access, wish: Wish): boolean {
  switch (wish.kind) {
    case "take_place":
      return access.mayCreate;
    case "change_tier":
      return wish.from === "shared" && wish.to === "dedicated" ? access.mayScaleUp : access.mayRun;
    case "grow_disk":
      return access.mayScaleUp;
    case "keep_backups":
    case "add_member":
    case "add_domain":
      return access.mayRun;
  }
}

/** The first quota in the way. */
function excessOf(plan: PlanId, quotas: Quotas, usage: Usage, wish: Wish): Excess | null {
  const after = { ...usage, places: placesAfter(usage, wish) };
  switch (wish.kind) {
    case "take_place":
      if (!hasTier(plan, wish.tier)) return { what: "tier", tier: wish.tier };
      return firstOver(quotas, usage, after) ?? diskOver(plan, wish.diskGb);
    case "change_tier":
      return hasTier(plan, wish.to) ? firstOver(quotas, usage, after) : { what: "tier", tier: wish.to };
    case "grow_disk":
      return diskOver(plan, wish.toGb);
    case "keep_backups":
      return wish.days > quotas.backupDays
        ? { what: "backupDays", used: wish.days, limit: quotas.backupDays }
        : null;
    case "add_member":
      return firstOver(quotas, usage, { ...usage, members: usage.members + 1 });
    case "add_domain":
      return firstOver(quotas, usage, { ...usage, domains: usage.domains + 1 });
  }
}

/** A disk that no plan has, or that would cost extra where there are no extras. */
function diskOver(plan: PlanId, diskGb: number): Excess | null {
  const limit = plan === "trial" ? includedDiskGb(plan) : DISK_GB_MAX;
  return diskGb > limit ? { what: "diskGb", used: diskGb, limit } : null;
}

/** One of them changed; where there is none such, it counts beside all of them rather than not at all. */
function replaced(
  places: readonly Place[],
  isIt: (place: Place) => boolean,
  patch: Partial<Place>,
): readonly Place[] {
  const at = places.findIndex(isIt);
  const before = places[at] ?? { tier: "shared", diskGb: 0 };
  return [...places.filter((_, index) => index !== at), { ...before, ...patch }];
}

/** In the order in which a reason helps most. */
const COUNTED = ["deployments", "cpus", "memoryMb", "members", "domains"] as const;
type Counted = (typeof COUNTED)[number];

/** Only what the wish makes more of is in its way: whoever is over a quota already may still do everything else. */
function firstOver(quotas: Quotas, before: Usage, after: Usage): Excess | null {
  for (const what of COUNTED) {
    const used = total(after, what);
    if (used > quotas[what] && used > total(before, what)) return { what, used, limit: quotas[what] };
  }
  return null;
}

function total({ places, members, domains }: Usage, what: Counted): number {
  switch (what) {
    case "deployments":
      return places.length;
    case "cpus":
      return places.reduce((sum, { tier }) => sum + GUESTS[tier].cpus, 0);
    case "memoryMb":
      return places.reduce((sum, { tier }) => sum + GUESTS[tier].memoryMb, 0);
    case "members":
      return members;
    case "domains":
      return domains;
  }
}

const hasTier = (plan: PlanId, tier: Tier): boolean => (PLANS[plan].tiers as readonly Tier[]).includes(tier); // A plan's own list is narrower than the question.

const UNITS: Record<keyof Quotas, string> = {
  deployments: "deployments",
  cpus: "CPUs",
  memoryMb: "MB of memory",
  diskGb: "GB of disk for a deployment",
  logDays: "days of logs",
  backupDays: "days of backups",
  domains: "domains",
  members: "members and invitations",
};

function words(whose: string, excess: Excess): string {
  if (excess.what === "tier") return `${whose} has no ${excess.tier} machines.`;
  const unit = UNITS[excess.what];
  return `${whose} allows ${excess.limit} ${excess.limit === 1 ? unit.replace(/s$/, "") : unit}.`;
}

const WAY_OUT: Record<Excess["what"], string> = {
  tier: " Choose another plan first.",
  deployments: " Delete one first.",
  cpus: " Delete a deployment first.",
  memoryMb: " Delete a deployment first.",
  diskGb: "",
  logDays: "",
  backupDays: "",
  domains: "",
  members: " Remove somebody first.",
};
