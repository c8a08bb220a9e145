import { randomBytes } from "node:crypto";

/**
 * The values that are searched for. Some are made here, shaped as their owners would have them; others are made by the
 * product and become marks the moment they are handed out.
 */
export const MARK_KINDS = [
  /** A customer's secret: kept, superseded or deleted. */
  "secret",
  /** Was sent with a request that was refused: nobody has a reason to keep it. */
  "refused",
  "password",
  "session",
  "device",
  "challenge",
  "api token",
  "totp",
  "recovery code",
  "mailed",
  "ticket",
  /** Made by us for one machine: its gateway's password. */
  "machine",
  /** The control plane's own: Fly's token, the operators', the key-encryption key, the door's. */
  "house",
] as const;
export type MarkKind = (typeof MARK_KINDS)[number];

export type Mark = {
  kind: MarkKind;
  /** Which one, for people; names it in hits. */
  what: string;
  value: string;
  /** The random parts of the value: what is searched for. */
  cores: readonly string[];
  /** The answer that hands it out, by its number in the record. */
  handedOutIn: number | null;
  /** The assistant was made to print it into its own log. */
  isPrinted: boolean;
};

export class Marks {
  readonly #all: Mark[] = [];

  get all(): readonly Mark[] {
    return this.#all;
  }

  add(
    kind: MarkKind,
    what: string,
    value: string,
    options: Partial<Pick<Mark, "cores" | "handedOutIn">> = {},
  ) {
    const mark: Mark = { kind, what, value, cores: [value], handedOutIn: null, isPrinted: false, ...options };
    if (!this.#all.some((known) => known.value === value)) this.#all.push(mark);
    return mark;
  }

  /** A value made here: `shape` puts the random part into what it is to look like. */
  make(kind: MarkKind, what: string, shape: (random: string) => string = (random) => random): Mark {
    const random = randomText();
    return this.add(kind, what, shape(random), { cores: [random] });
  }

  printed(mark: Mark): void {
    const index = this.#all.indexOf(mark);
    this.#all[index] = { ...mark, isPrinted: true };
  }
}

/** 38 letters and digits, and no vowels that could make a word of it. */
export const randomText = (): string =>
  Array.from(randomBytes(38), (byte) => ALPHABET.charAt(byte % ALPHABET.length)).join("");
const ALPHABET = "BCDFGHJKLMNPQRSTVWXZbcdfghjkmnpqrstvwxz23456789";

/** As Anthropic's look. */
export const anthropicKey = (random: string): string => `sk-ant-api03-${random}-${"A".repeat(40)}AA`;
export const openAiKey = (random: string): string => `sk-proj-${random}`;
export const botToken = (random: string): string => `7102938465:AA${random}`;
/** Two lines, quotes, what URLs and JSON escape, and what isn't ASCII. */
export function awkward(random: string): { value: string; cores: readonly string[] } {
  const [first, second] = [random.slice(0, 19), random.slice(19)];
  const value = `é"\\<&>% +/${first}\n${second}'ü ==`;
  return { value, cores: [value, first, second] };
}
