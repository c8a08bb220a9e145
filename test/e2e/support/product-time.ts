import { Secret, TOTP } from "otpauth";
import type { Page } from "playwright-core";
import type { Addresses } from "./launchpad.ts";

/** Product time, which tests move and authenticator apps have to follow. */
export function productTime({ clock }: Addresses) {
  const now = async (): Promise<number> => {
    const { offsetMs } = (await (await fetch(clock)).json()) as { offsetMs: number }; // Our own clock.
    return Date.now() + offsetMs;
  };
  return {
    now,
    /** A page that is loaded from now on reads the time off this clock, as it stands. */
    async show(page: Page): Promise<void> {
      await page.addInitScript(shiftDate, (await now()) - Date.now());
    },
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

/** Runs in the page. Of several that are added the last counts. */
function shiftDate(offsetMs: number): void {
  const place = globalThis as unknown as { RealDate?: DateConstructor; Date: DateConstructor };
  const Real = place.RealDate ?? place.Date;
  place.RealDate = Real;
  place.Date = class extends Real {
    constructor(...given: [] | [number]) {
      if (given.length === 0) super(Real.now() + offsetMs);
      else super(...given);
    }
    static override now = (): number => Real.now() + offsetMs;
  } as DateConstructor;
}
