import { Secret, TOTP } from "otpauth";
import type { Addresses } from "./launchpad.ts";

/** Product time, which tests move and authenticator apps have to follow. */
export function productTime({ clock }: Addresses) {
  const now = async (): Promise<number> => {
    const { offsetMs } = (await (await fetch(clock)).json()) as { offsetMs: number }; // Our own clock.
    return Date.now() + offsetMs;
  };
  return {
    async advance(ms: number): Promise<void> {
      const answer = await fetch(`${clock}/advance`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ ms }),
      });
      if (!answer.ok) throw new Error(`The clock answers ${answer.status}.`);
    },
    /** What an app shows now; each is good for one use, the next comes half a minute later. */
    code: async (secret: string): Promise<string> =>
      new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: await now() }),
  };
}
