import type { MarkKind } from "./marks.ts";
import type { Look, Place } from "./places.ts";
import { ASKED } from "./places.ts";
import type { Found } from "./search.ts";

/** Where a value may be found, and why. Everything else is a leak. */
export type Rule = {
  reason: string;
  places: readonly Place[];
  kinds: readonly MarkKind[];
  when?: (found: Found, look: Look) => boolean;
};

const CUSTOMER: readonly MarkKind[] = ["secret", "machine"];
const HANDED_OUT: readonly MarkKind[] = [
  "session",
  "device",
  "challenge",
  "api token",
  "totp",
  "recovery code",
  "ticket",
];
const isHandOut = ({ mark }: Found, { record }: Look): boolean =>
  record !== null && record.number === mark.handedOutIn;

export const RULES: readonly Rule[] = [
  {
    reason: "Fly's secret store is where a machine's secrets live",
    places: ["Fly's secret store"],
    kinds: CUSTOMER,
  },
  {
    reason: "the same database as bytes; its other tables are looked at row by row",
    places: ["Fly's files"],
    kinds: CUSTOMER,
  },
  {
    reason: "the assistant's own process needs them in its environment",
    places: ["environments"],
    kinds: CUSTOMER,
    when: (_, { where }) => where.startsWith("machine: "),
  },
  {
    reason: "what a machine prints is in Fly's log of it, before we take it out for its readers",
    places: ["Fly's logs", "Fly's answers", "machines' consoles"],
    kinds: CUSTOMER,
    when: ({ mark }, { place, record }) =>
      mark.isPrinted && (place !== "Fly's answers" || (record?.url.endsWith("/logs") ?? false)),
  },
  {
    reason: "an answer that hands it out, once",
    places: ["API answers", "the door's answers"],
    kinds: HANDED_OUT,
    when: isHandOut,
  },
  {
    reason: "a ticket travels in the address of the door, for one use within a minute",
    places: ["addresses"],
    kinds: ["ticket"],
    when: (_, { record }) => new URL(record?.url ?? "http://none").pathname === "/__lp/open",
  },
  {
    reason: "Telegram knows no other place for a bot's token than the path",
    places: ["addresses"],
    kinds: ["secret"],
    when: ({ mark }, { record, bytes }) =>
      record === null &&
      mark.what.startsWith("TELEGRAM_BOT_TOKEN") &&
      bytes.includes(ASKED) &&
      bytes.includes("/telegram/bot"),
  },
  {
    reason: "the story itself wrote it into this address, to see where it goes from there",
    places: ["addresses"],
    kinds: ["refused", "password"],
    when: (_, { record }) => record?.isProvoked ?? false,
  },
  { reason: "the mail that carries it", places: ["mail"], kinds: ["mailed"] },
  {
    reason:
      "what a row of the outbox held until it was sent stays in D1's log of writes for a while; it works once",
    places: ["D1 files"],
    kinds: ["mailed"],
  },
  {
    reason: "what starts this computer's cloud again; its owner alone may read it",
    places: ["settings"],
    kinds: ["house"],
  },
  {
    reason: "the Workers and the local Fly are told by their environment",
    places: ["environments"],
    kinds: ["house"],
    when: (_, { where }) => /^ours: .*local\/(workers|fly)\/main\.ts/.test(where),
  },
];

export const ruleFor = (found: Found, look: Look): Rule | null =>
  RULES.find(
    ({ places, kinds, when }) =>
      places.includes(look.place) && kinds.includes(found.mark.kind) && (when?.(found, look) ?? true),
  ) ?? null;
