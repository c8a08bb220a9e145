import { describe, expect, it } from "vitest";
import { campaign } from "./campaign.ts";
import { play } from "./play.ts";
import type { Act, Script } from "./script.ts";
import { step, tellStories } from "./stories.ts";

/** What the model once found, shortened by it, so that it stays mended. */
const DAY = 24 * 60;
const buy: Act = { do: "buy", plan: "shared" };
const change = (plan: "shared" | "dedicated"): Act => ({ do: "change", plan });

const FOUND: readonly { name: string; script: Script }[] = [
  {
    name: "two checkouts at once lead to one page",
    script: {
      seed: 11,
      steps: [
        step(
          [
            { do: "checkout", plan: "shared" },
            { do: "checkout", plan: "shared" },
          ],
          1,
        ),
      ],
    },
  },
  {
    name: "pages that two people close at once are no failure of Stripe's",
    script: {
      seed: 914307971,
      steps: [
        step([{ do: "checkout", plan: "shared" }], 60),
        step([{ do: "checkout", plan: "dedicated" }], 150),
        step([buy, buy], 5 * DAY),
      ],
    },
  },
  {
    name: "a downgrade that was taken back can be wished for again on the same day",
    script: {
      seed: 3,
      steps: [
        step([{ do: "buy", plan: "dedicated" }], 10),
        step([change("shared")], 10),
        step([change("dedicated")], 10),
        step([change("shared")], 10),
      ],
    },
  },
  {
    name: "an account's row learns its customer, although the Worker was killed after it was attached",
    script: {
      seed: 1846600761,
      steps: [
        step([buy], 1, { troubles: [{ what: "kill", at: 14 }] }),
        step([{ do: "checkout", plan: "shared" }], 1, { troubles: [{ what: "kill", at: 1 }] }),
      ],
    },
  },
];

describe("money", () => {
  it.each(FOUND)("$name", async ({ script }) => {
    expect((await play(script)).violation).toBeNull();
  });

  it("holds whichever call is the last one, or fails", { timeout: 120_000 }, async () => {
    expect(await tellStories()).toBeNull();
  });

  it("is the same for the same seed", async () => {
    expect(await campaign({ runs: 10, seed: 9 })).toEqual(await campaign({ runs: 10, seed: 9 }));
  });
});
