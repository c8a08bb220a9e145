import type { Billing } from "../../../worker/contract/billing.ts";
import type { Tone } from "../deployment/words.ts";
import { countOf } from "../time/duration.ts";
import { daysLeft } from "../time/relative.ts";
import type { Phase, Subscription } from "./standing.ts";
import { isEnding } from "./standing.ts";

type PhaseWords = {
  /** The word beside the plan's name. */
  status: string;
  tone: Tone;
  /** What the deadline is the deadline of. */
  deadline: string;
};

export const PHASE_WORDS: Readonly<Record<Phase, PhaseWords>> = {
  trial: { status: "On trial", tone: "quiet", deadline: "Trial ends" },
  active: { status: "Paid", tone: "good", deadline: "Ends" },
  grace: { status: "Payment failed", tone: "uneasy", deadline: "Assistants stop" },
  suspended: { status: "Stopped", tone: "bad", deadline: "Plan ends if unpaid" },
  retention: { status: "Ended", tone: "bad", deadline: "Data is kept until" },
  destroying: { status: "Ended", tone: "bad", deadline: "Data is deleted from" },
  destroyed: { status: "Data deleted", tone: "quiet", deadline: "Ends" },
};

type BannerWords = {
  title: string;
  /** For those who may not read more than that it is so. */
  text: string;
  next: (date: string) => string;
};

/** What stands on every page while something is about to happen; null: nothing is. */
export const BANNER_WORDS: Readonly<Record<Phase, BannerWords | null>> = {
  trial: null,
  active: null,
  grace: {
    title: "A payment is open",
    text: "The last payment has failed. Everything runs on for now.",
    next: (date) => `On ${date} the assistants stop.`,
  },
  suspended: {
    title: "The assistants of this account are stopped",
    text: "Its plan is not paid. All data is kept.",
    next: (date) => `Unpaid until ${date}, the plan ends for good.`,
  },
  retention: {
    title: "The plan of this account has ended",
    text: "Its assistants are stopped. All data is kept for now.",
    next: (date) => `The data is kept until ${date}.`,
  },
  destroying: {
    title: "This account’s data is about to be deleted",
    text: "Its plan has ended, and the time to keep its data is over.",
    next: (date) => `It is deleted from ${date} on.`,
  },
  destroyed: null,
};

/** What the page says of it; the service doesn't speak of a cancellation before it has come about. */
export const sayingsOf = (billing: Billing): Pick<Billing, "reason" | "wayOut"> =>
  isEnding(billing)
    ? {
        reason: "Your plan is cancelled. Everything runs on until the day it ends.",
        wayOut: "You can change your mind until then.",
      }
    : billing;

export const planTitle = (plan: string): string => plan.charAt(0).toUpperCase() + plan.slice(1);

/** Fewer days than this deserve a warning. */
const FEW_DAYS = 2;

/** The badge at the top of every page: few words, and how much they matter. */
export function badgeWords(
  { plan, status, endsAt }: Pick<Subscription, "plan" | "status" | "endsAt">,
  now: number,
): { text: string; kind: "plain" | "warning" | "error" } {
  const title = planTitle(plan);
  const days = endsAt === null ? null : daysLeft(Date.parse(endsAt), now);
  const left = days === null ? "" : ` · ${countOf(days, "day")} left`;
  switch (status) {
    case "trial":
      if (days === 0) return { text: `${title} ended`, kind: "error" };
      return { text: `${title}${left}`, kind: days !== null && days <= FEW_DAYS ? "warning" : "plain" };
    case "active":
      return { text: `${title}${left}`, kind: "plain" };
    case "grace":
      return { text: `${title} · payment failed`, kind: "warning" };
    case "suspended":
      return { text: "Stopped: not paid", kind: "error" };
    case "retention":
      return { text: plan === "trial" ? "Trial ended" : "Plan ended", kind: "error" };
    case "destroying":
      return { text: "Data about to be deleted", kind: "error" };
    case "destroyed":
      return { text: "No plan", kind: "plain" };
  }
}

/** What Stripe calls an invoice, as people do. */
export const invoiceWords = (
  status: string | null,
): { text: string; kind: "plain" | "warning" | "error" } => {
  switch (status) {
    case "paid":
      return { text: "Paid", kind: "plain" };
    case "open":
      return { text: "To pay", kind: "warning" };
    case "uncollectible":
      return { text: "Not collected", kind: "error" };
    case "void":
      return { text: "Cancelled", kind: "plain" };
    default:
      return { text: "Being made", kind: "plain" };
  }
};

type Quotas = Billing["plans"][number]["quotas"];

const giga = (mb: number): string => `${Number((mb / 1024).toFixed(1))} GB`;

const DAYS = (value: number): string => countOf(value, "day");

type QuotaWords = { key: keyof Quotas; amount: (value: number) => string; text: (amount: string) => string };

/** The weightiest first. */
const QUOTAS: readonly QuotaWords[] = [
  { key: "deployments", amount: (value) => countOf(value, "assistant"), text: (amount) => amount },
  { key: "cpus", amount: (value) => countOf(value, "CPU"), text: (amount) => amount },
  { key: "memoryMb", amount: giga, text: (amount) => `${amount} of memory` },
  { key: "diskGb", amount: (value) => `${value} GB`, text: (amount) => `${amount} of disk` },
  { key: "backupDays", amount: DAYS, text: (amount) => `Backups kept ${amount}` },
  { key: "logDays", amount: DAYS, text: (amount) => `Logs kept ${amount}` },
  { key: "members", amount: (value) => countOf(value, "member"), text: (amount) => amount },
  { key: "domains", amount: (value) => countOf(value, "domain"), text: (amount) => amount },
];

/** What a plan allows, and where it differs, what one has now; what there is none of is not told. */
export const quotaWords = (
  quotas: Quotas,
  present: Quotas = quotas,
): readonly { key: keyof Quotas; text: string; now: string | null }[] =>
  QUOTAS.filter(({ key }) => quotas[key] > 0).map(({ key, amount, text }) => ({
    key,
    text: text(amount(quotas[key])),
    now: present[key] === quotas[key] ? null : amount(present[key]),
  }));

/** What the plan is beyond its numbers. */
export const PLAN_LEADS: Readonly<Record<Billing["plan"], string>> = {
  trial: "To try it, without a card.",
  shared: "Shared CPUs: for an assistant of your own.",
  dedicated: "Cores and an address of its own, and a longer memory of what was.",
};
