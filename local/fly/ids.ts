import { createHash, randomBytes, randomInt } from "node:crypto";
import { monotonicFactory } from "ulid";
import type { Clock } from "./clock.ts";

const CROCKFORD_LOWER = "0123456789abcdefghjkmnpqrstvwxyz";
const ADJECTIVES = [
  "aged",
  "billowing",
  "cold",
  "damp",
  "falling",
  "green",
  "little",
  "misty",
  "quiet",
  "summer",
];
const NOUNS = ["brook", "cloud", "dawn", "field", "fog", "leaf", "moon", "river", "sun", "wind"];

/** Makers of every identifier, in the shapes Fly gives them (samples in superfly/docs machines/api). */
export type Ids = {
  app(): string;
  /** 14 hexadecimal digits. */
  machine(): string;
  /** A version of a machine's config: a ULID of 26 characters. */
  instance(): string;
  /** Events sort by id. */
  event(): string;
  volume(): string;
  snapshot(): string;
  nonce(): string;
  requestId(region: string): string;
  machineName(): string;
  /** A 6PN address. */
  privateIp(): string;
};

export function createIds(clock: Clock): Ids {
  const ulid = monotonicFactory();
  const next = () => ulid(clock.now());
  return {
    app: () => randomText(13),
    machine: () => randomBytes(7).toString("hex"),
    instance: next,
    event: next,
    volume: () => `vol_${randomText(16)}`,
    snapshot: () => `vs_${randomText(16)}`,
    nonce: () => randomBytes(6).toString("hex"),
    requestId: (region) => `${next()}-${region}`,
    machineName: () => `${pick(ADJECTIVES)}-${pick(NOUNS)}-${randomInt(1000, 10_000)}`,
    privateIp: () => `fdaa:0:${hexGroup()}:a7b:${hexGroup()}:${hexGroup()}:${hexGroup()}:2`,
  };
}

/** The holder's name in lease answers: Fly shows tokens as `<uuid>@tokens.fly.io`. */
export function tokenOwner(token: string): string {
  const hex = createHash("sha256").update(`owner:${token}`).digest("hex");
  const uuid = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20, 32),
  ].join("-");
  return `${uuid}@tokens.fly.io`;
}

function randomText(length: number): string {
  return Array.from(randomBytes(length), (byte) => CROCKFORD_LOWER[byte % 32] ?? "0").join("");
}

function hexGroup(): string {
  return randomInt(1, 0x1_00_00).toString(16);
}

function pick(words: readonly string[]): string {
  return words[randomInt(words.length)] ?? "quiet";
}
