import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { Stripe } from "stripe";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { API_KEY, type Bench, SECRET, startBench } from "./harness.ts";

/**
 * Stripe's own command line drives the local Stripe: `stripe trigger` sends the requests that Stripe wrote for each event, and
 * the event must arrive, signed. It runs offline, in a home of its own.
 */
const run = promisify(execFile);
/** The package of one platform, as for our own Node: the one for all names packages that not every registry has. */
const binary = findBinary();
// Past the console, which is silent where nothing fails.
if (binary === null)
  process.stderr.write("NOT TESTED: the Stripe CLI isn't installed; its package is for Linux on x64.\n");

function findBinary(): string | null {
  try {
    const found = createRequire(import.meta.url).resolve("@stripe/cli-linux-x64/package.json");
    return join(dirname(found), "bin/stripe");
  } catch {
    return null; // Optional, and for one platform.
  }
}

let bench: Bench;
let home: string;

beforeEach(async () => {
  bench = await startBench();
  home = await mkdtemp(join(tmpdir(), "stripe-cli-"));
});
afterEach(async () => {
  await bench.close();
  await rm(home, { recursive: true });
});

async function trigger(event: string): Promise<void> {
  const { stdout } = await run(
    binary ?? "",
    ["trigger", event, "--api-key", API_KEY, "--api-base", bench.url],
    {
      env: {
        PATH: process.env["PATH"],
        HOME: home,
        XDG_CONFIG_HOME: home,
        STRIPE_CLI_TELEMETRY_OPTOUT: "1",
        // It looks for a newer version of itself: there is no way out of here.
        HTTPS_PROXY: "http://127.0.0.1:9",
      },
      timeout: 20_000,
    },
  );
  expect(stdout).toContain("Trigger succeeded");
  await bench.settle();
}

describe.skipIf(binary === null)("stripe trigger", () => {
  it.each([
    "checkout.session.completed",
    "customer.subscription.created",
    "customer.subscription.updated",
    "customer.subscription.deleted",
    "invoice.paid",
    "invoice.payment_failed",
  ])("%s: the event arrives, with a signature the SDK accepts", async (type) => {
    await trigger(type).catch((error: Error & { stdout?: string }) => {
      // The command line calls the refused payment of `invoice.payment_failed` by its name and goes on.
      throw new Error(`${error.message}\n${error.stdout ?? ""}`, { cause: error });
    });
    const found = bench.heard.find((event) => event.type === type);
    expect(bench.types()).toContain(type);
    const event = await new Stripe(API_KEY).webhooks.constructEventAsync(
      found?.body ?? "",
      found?.signature ?? "",
      SECRET,
      Number.MAX_SAFE_INTEGER,
    );
    expect(event).toMatchObject({ type, api_version: Stripe.API_VERSION, livemode: false });
  });
});
