import { LONG, STEMS } from "./common-passwords-list.ts";

/**
 * The commonest passwords, for when the service that knows breached ones is away: those of twelve characters and more
 * as they are, and the three thousand commonest shorter ones however people make them longer: by digits and signs at
 * either end, or by saying them twice.
 */
const long = new Set(LONG.split(" "));
const stems = new Set(STEMS.split(" "));

export function isCommonPassword(password: string): boolean {
  const lower = password.toLowerCase();
  if (long.has(lower)) return true;
  const core = lower.replace(/^[^a-z]+|[^a-z]+$/g, "");
  // Nothing but digits and signs, or one short thing again and again.
  return core === ""
    ? new Set(lower).size < DISTINCT_MIN
    : stems.has(core) || stems.has(unitOf(core)) || isRepeated(lower);
}

const DISTINCT_MIN = 8;
const UNIT_MAX = 5;

/** What a text repeats; the text itself when it repeats nothing. */
function unitOf(text: string): string {
  for (let length = 1; length <= text.length / 2; length += 1)
    if (text.length % length === 0 && text === text.slice(0, length).repeat(text.length / length))
      return text.slice(0, length);
  return text;
}

const isRepeated = (text: string): boolean => unitOf(text).length <= UNIT_MAX && unitOf(text) !== text;
