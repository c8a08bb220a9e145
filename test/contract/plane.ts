import path from "node:path";
import { startClock } from "../../local/clock/server.ts";
import { startMail } from "../../local/mail/server.ts";
import { CATALOG, LOCAL_STRIPE_KEY } from "../../local/shop.ts";
import { startStripe } from "../../local/stripe/server.ts";
import { startVendors } from "../../local/vendors/server.ts";
import { bundleWorker } from "../../local/workers/bundle.ts";
import type { ControlPlane } from "../../local/workers/control-plane.ts";
import { startControlPlane } from "../../local/workers/control-plane.ts";
import type { Mutation } from "../support/mutant.ts";
import { mutant } from "../support/mutant.ts";
import { startStubFly } from "../support/stub-fly.ts";
import { testVars } from "../support/vars.ts";

/** The control plane and all that it stands on, as `test/authz/main.ts` starts it, with a clock that can be moved. */
const ROOT = path.resolve(import.meta.dirname, "../..");
const ORGANIZATION = "contract";
const FLY_TOKEN = "contract-token";
export const ORIGIN = "http://localhost:1";
export const OPERATOR_TOKEN = "operator-token-of-the-contract-0123456789";

export type Ground = {
  mailUrl: string;
  clockUrl: string;
  stripeUrl: string;
  now: () => number;
  plane(options: { name: string; mutation?: Mutation; requestsPerMinute: number }): Promise<ControlPlane>;
  close(): Promise<void>;
};

export async function layGround(directory: string): Promise<Ground> {
  const fly = await startStubFly({ directory, token: FLY_TOKEN, org: ORGANIZATION });
  const mail = await startMail({ file: path.join(directory, "mail.jsonl"), port: 0 });
  const vendors = await startVendors({ port: 0 });
  const clock = await startClock({
    file: path.join(directory, "clock.json"),
    port: 0,
    onAdvance: async () => undefined,
  });
  // Nobody is told: what is tested asks for itself.
  const stripe = await startStripe({
    file: null,
    port: 0,
    now: clock.now,
    apiKey: LOCAL_STRIPE_KEY,
    webhook: null,
    catalog: CATALOG,
  });
  return {
    mailUrl: mail.url,
    clockUrl: clock.url,
    stripeUrl: stripe.url,
    now: clock.now,
    plane: async ({ name, mutation, requestsPerMinute }) =>
      startControlPlane({
        worker: await bundleWorker(
          path.join(ROOT, "worker/index.ts"),
          mutation === undefined ? [] : [mutant(mutation)],
        ),
        // What ended in a 500 says why here alone.
        onLog: (line) => (line.includes("request.failed") ? console.error(line) : undefined),
        port: 0,
        persist: path.join(directory, name),
        clockUrl: clock.url,
        requestsPerMinute,
        vars: {
          ...testVars({
            fly,
            mailUrl: mail.url,
            vendorsUrl: vendors.url,
            stripeUrl: stripe.url,
          }),
          APP_ORIGIN: ORIGIN,
          EXTRA_VERSIONS: JSON.stringify({ openclaw: ["2.0.0", "stub-exit-78"] }),
          OPERATOR_TOKEN,
        },
      }),
    close: async () => {
      await Promise.all([fly.stop(), mail.close(), vendors.close(), clock.close(), stripe.close()]);
    },
  };
}
