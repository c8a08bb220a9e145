import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { Plugin } from "esbuild";
import { startMail } from "../../local/mail/server.ts";
import type { Listener } from "../../local/process/listen.ts";
import { startVendors } from "../../local/vendors/server.ts";
import { bundleWorker } from "../../local/workers/bundle.ts";
import type { ControlPlane } from "../../local/workers/control-plane.ts";
import { startControlPlane } from "../../local/workers/control-plane.ts";
import { testVars } from "./vars.ts";

/** A control plane without machines, for what is asked of accounts alone: no Fly answers. */
const ROOT = path.resolve(import.meta.dirname, "../..");

const NOWHERE = "http://127.0.0.1:9";

export type Plane = { control: ControlPlane; mail: Listener; close(): Promise<void> };

export async function startPlane(options: {
  /** The Worker to run, from the project's root. */
  entry: string;
  plugins?: Plugin[];
  vars?: Readonly<Record<string, string>>;
}): Promise<Plane> {
  const directory = await mkdtemp(path.join(os.tmpdir(), "launchpad-plane-"));
  const mail = await startMail({ file: path.join(directory, "mail.jsonl"), port: 0 });
  const vendors = await startVendors({ port: 0 });
  const control = await startControlPlane({
    worker: await bundleWorker(path.join(ROOT, options.entry), options.plugins),
    onLog: () => undefined,
    port: 0,
    persist: path.join(directory, "workers"),
    requestsPerMinute: 1_000_000,
    vars: {
      ...testVars({
        fly: { url: NOWHERE, appsUrl: NOWHERE, token: "none", org: "none" },
        mailUrl: mail.url,
        vendorsUrl: vendors.url,
      }),
      ...options.vars,
    },
  });
  return {
    control,
    mail,
    async close() {
      await control.close();
      await Promise.all([mail.close(), vendors.close()]);
      await rm(directory, { recursive: true, force: true });
    },
  };
}
