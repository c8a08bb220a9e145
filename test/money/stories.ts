import { play } from "./play.ts";
import type { Act, Script, Step } from "./script.ts";

/** Short stories whose every call is once the last one, or fails: what chance alone would seldom come to. */
export const step = (acts: readonly Act[], minutes: number, more: Partial<Step> = {}): Step => ({
  acts,
  minutes,
  delivery: "in_order",
  troubles: [],
  faults: [],
  ...more,
});

const CHECKOUT: Act = { do: "checkout", plan: "shared" };
const CALLS_MAX = 60;
const TROUBLES = ["kill", "d1 fails", "d1 loses the answer"] as const;

function* everyCall(): Generator<Script> {
  for (let at = 1; at <= CALLS_MAX; at += 1) {
    for (const what of TROUBLES) {
      const troubles = [{ what, at }];
      yield {
        seed: at,
        steps: [
          step([{ do: "create" }], 10),
          step([{ do: "buy", plan: "shared" }], 10, { troubles }),
          step([{ do: "dispute" }], 10, { troubles }),
        ],
      };
    }
    // Its object is told of a deployment while the account is stopped.
    yield {
      seed: at,
      steps: [
        step([{ do: "buy", plan: "shared" }], 10),
        step([{ do: "create" }, { do: "dispute" }], 30, { troubles: [{ what: "kill", at }] }),
      ],
    };
    // Downgrade, second thoughts, downgrade; and news while a reading is under way.
    if (at > 12) continue;
    yield { seed: at, steps: [step([CHECKOUT, CHECKOUT], 10)] };
    yield {
      seed: at,
      steps: [
        step([{ do: "buy", plan: "dedicated" }], 5),
        step([{ do: "change", plan: "shared" }], 5),
        step([{ do: "change", plan: "dedicated" }], 5),
        step([{ do: "change", plan: "shared" }], 5),
        step([{ do: "refresh" }, { do: "cancel" }, { do: "card", card: "visa" }], 5),
      ],
    };
  }
}

/** The first that goes wrong; null: none. */
export async function tellStories(): Promise<{ story: number; violation: string } | null> {
  let story = 0;
  for (const script of everyCall()) {
    story += 1;
    const { violation } = await play(script);
    if (violation !== null) return { story, violation };
  }
  return null;
}
