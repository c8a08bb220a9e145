import type { Random } from "../platform/random.ts";

/**
 * The name of a deployment's own host, one DNS label. It carries 40 bits of chance so that it can neither be guessed
 * nor squatted, and is never reused: the unique index on `deployments.slug` outlives the deployment.
 */
const ALPHABET = "abcdefghjkmnpqrstvwxyz23456789";
const RANDOM_LENGTH = 8;
const WORDS_LENGTH_MAX = 24;

/** Labels that would look like ours or like infrastructure. */
const RESERVED = new Set(
  "admin api app apps assets auth billing blog cdn dashboard dev docs help launchpad mail ns1 ns2 root security smtp staging static status support www".split(
    " ",
  ),
);

const NOT_LABEL = /[^a-z0-9]+/g;
const EDGE_DASHES = /^-+|-+$/g;
const SLUG = /^[a-z0-9](?:[a-z0-9-]{0,48}[a-z0-9])?$/;

export function newSlug(name: string, random: Random): string {
  const words = name
    .normalize("NFKD")
    .toLowerCase()
    .replace(NOT_LABEL, "-")
    .slice(0, WORDS_LENGTH_MAX)
    .replace(EDGE_DASHES, "");
  const tail = Array.from(random.bytes(RANDOM_LENGTH), (byte) => ALPHABET[byte % ALPHABET.length]).join("");
  // A leading "xn--" would be read as an internationalised name by browsers (RFC 5890).
  return words === "" || words.startsWith("xn-") ? `my-${tail}` : `${words}-${tail}`;
}

/** Whether a label may be a deployment's host at all. */
export const isSlug = (label: string): boolean => SLUG.test(label) && !RESERVED.has(label);
