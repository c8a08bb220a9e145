import type { AuditSearch } from "../api/account-queries.ts";
import { DAY_MS } from "../time/duration.ts";

/** What the record is filtered by, as the page's address says it: a filter can be passed on and comes back with "back". */
export type ActivityFilter = {
  kind: string | null;
  time: "any" | "1d" | "7d" | "30d" | "days";
  /** The first and the last day of `days`, as `2026-11-23`, both included; null where it is open. */
  from: string | null;
  to: string | null;
};

/** Of what kind; the first word of an action. */
export const KINDS: readonly { kind: string; title: string }[] = [
  { kind: "session", title: "Logins and sessions" },
  { kind: "password", title: "Passwords" },
  { kind: "factor", title: "Second factors" },
  { kind: "member", title: "Members" },
  { kind: "token", title: "API tokens" },
  { kind: "deployment", title: "Deployments" },
  { kind: "secret", title: "Secrets" },
  { kind: "door", title: "Doors" },
  { kind: "backup", title: "Backups" },
  { kind: "account", title: "The account" },
  { kind: "operator", title: "Launchpad’s operators" },
];

const SPANS_DAYS = { "1d": 1, "7d": 7, "30d": 30 } as const;

export function filterOf(query: string): ActivityFilter {
  const params = new URLSearchParams(query);
  const kind = params.get("kind");
  const time = params.get("time");
  return {
    kind: KINDS.some((each) => each.kind === kind) ? kind : null,
    time: time === "1d" || time === "7d" || time === "30d" || time === "days" ? time : "any",
    from: dayOf(params.get("from")),
    to: dayOf(params.get("to")),
  };
}

/** The same as the address's query; nothing for a filter that finds everything. */
export function queryOf({ kind, time, from, to }: ActivityFilter): string {
  const params = new URLSearchParams();
  if (kind !== null) params.set("kind", kind);
  if (time !== "any") params.set("time", time);
  if (time === "days" && from !== null) params.set("from", from);
  if (time === "days" && to !== null) params.set("to", to);
  const text = params.toString();
  return text === "" ? "" : `?${text}`;
}

/** What the API is asked. Days are the reader's own. `now` is when the filter was chosen. */
export function searchOf({ kind, time, from, to }: ActivityFilter, now: number): AuditSearch {
  const action = kind === null ? {} : { action: kind };
  switch (time) {
    case "any":
      return action;
    case "days": {
      const last = to === null ? null : startOfDay(to, 1);
      return {
        ...action,
        ...(from === null ? {} : { from: startOfDay(from, 0).toISOString() }),
        ...(last === null ? {} : { to: new Date(last.getTime() - 1).toISOString() }),
      };
    }
    case "1d":
    case "7d":
    case "30d":
      return { ...action, from: new Date(now - SPANS_DAYS[time] * DAY_MS).toISOString() };
  }
}

const DAY = /^(\d{4})-(\d{2})-(\d{2})$/;

const dayOf = (text: string | null): string | null =>
  text !== null && DAY.test(text) && !Number.isNaN(Date.parse(text)) ? text : null;

/** Not by adding hours: days of a time change are longer or shorter. */
function startOfDay(day: string, later: number): Date {
  const [, year, month, date] = DAY.exec(day) ?? [];
  return new Date(Number(year), Number(month) - 1, Number(date) + later);
}
