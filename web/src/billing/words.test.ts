import { describe, expect, it } from "vitest";
import type { Subscription } from "./standing.ts";
import { badgeWords, invoiceWords, quotaWords } from "./words.ts";

const NOW = Date.parse("2026-11-25T12:00:00Z");
const DAY_MS = 86_400_000;
const inDays = (days: number) => new Date(NOW + days * DAY_MS).toISOString();

describe("the badge of the plan", () => {
  it.each<[Subscription["status"], string, number | null, string, string]>([
    ["trial", "trial", 6.5, "Trial · 7 days left", "plain"],
    ["trial", "trial", 0.5, "Trial · 1 day left", "warning"],
    ["trial", "trial", -1, "Trial ended", "error"],
    ["active", "shared", null, "Shared", "plain"],
    ["active", "shared", 12, "Shared · 12 days left", "plain"],
    ["grace", "dedicated", 3, "Dedicated · payment failed", "warning"],
    ["suspended", "shared", 20, "Stopped: not paid", "error"],
    ["retention", "trial", 5, "Trial ended", "error"],
    ["retention", "shared", 5, "Plan ended", "error"],
    ["destroying", "shared", 1, "Data about to be deleted", "error"],
    ["destroyed", "shared", null, "No plan", "plain"],
  ])("%s of %s, %s days before its deadline, reads “%s”", (status, plan, days, text, kind) =>
    expect(badgeWords({ status, plan, endsAt: days === null ? null : inDays(days) }, NOW)).toEqual({
      text,
      kind,
    }),
  );
});

it("what a plan has none of is not among what it allows", () => {
  const none = { deployments: 1, cpus: 2, memoryMb: 2048, diskGb: 3, logDays: 7, backupDays: 30, domains: 0 };
  expect(quotaWords({ ...none, members: 10 }).map(({ text }) => text)).toEqual([
    "1 assistant",
    "2 CPUs",
    "2 GB of memory",
    "3 GB of disk",
    "Backups kept 30 days",
    "Logs kept 7 days",
    "10 members",
  ]);
});

it("where another plan differs, what one has now is told beside it", () => {
  const one = {
    deployments: 1,
    cpus: 2,
    memoryMb: 2048,
    diskGb: 3,
    logDays: 7,
    backupDays: 30,
    domains: 0,
    members: 10,
  };
  expect(quotaWords({ ...one, memoryMb: 3072, members: 1 }, one).filter(({ now }) => now !== null)).toEqual([
    { key: "memoryMb", text: "3 GB of memory", now: "2 GB" },
    { key: "members", text: "1 member", now: "10 members" },
  ]);
});

it("an invoice in a state that Stripe invents tomorrow is told as unfinished", () => {
  expect(invoiceWords("open").text).toBe("To pay");
  expect(invoiceWords("something_new").text).toBe("Being made");
});
