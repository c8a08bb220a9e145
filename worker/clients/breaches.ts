import { withDeadline } from "../platform/deadline.ts";
import { sha1Hex } from "../platform/random.ts";

/**
 * Whether a password stands in known breaches. Only the first five digits of its SHA-1 leave the house, and the answer is
 * padded, so that neither its content nor its length says which one was asked for (haveibeenpwned.com/API/v3, "Searching
 * by range"). `null`: nobody answered; the caller has a list of its own.
 */
export type Breaches = { isKnown(password: string): Promise<boolean | null> };

const PREFIX_DIGITS = 5;
/** Somebody waits for the answer, and without one there is the list. */
const TIMEOUT_MS = 3_000;

export const breachesApi = (input: { fetch: typeof fetch; baseUrl: string }): Breaches => ({
  async isKnown(password) {
    const hash = (await sha1Hex(password)).toUpperCase();
    try {
      return await withDeadline(TIMEOUT_MS, undefined, async (signal) => {
        const response = await input.fetch(`${input.baseUrl}/range/${hash.slice(0, PREFIX_DIGITS)}`, {
          headers: { "add-padding": "true" },
          signal,
        });
        if (!response.ok) {
          await response.body?.cancel();
          return null;
        }
        return isListed(await response.text(), hash.slice(PREFIX_DIGITS));
      });
    } catch {
      return null; // Away or too slow.
    }
  },
});

/** Lines of `SUFFIX:COUNT`; padding has the count 0. */
const isListed = (text: string, suffix: string): boolean =>
  text.split(/\r?\n/).some((line) => {
    const [found, count] = line.split(":");
    return found === suffix && count !== "0";
  });
