import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { TestProject } from "vitest/node";
import { startClock } from "../../local/clock/server.ts";
import { createStubBackend } from "../../local/fly/backends/stub.ts";
import { startFly } from "../../local/fly/server.ts";
import { startVendors } from "../../local/vendors/server.ts";
import { startMail } from "../../local/mail/server.ts";
import { startKms } from "../conformance/kms/server.ts";
import { testVars } from "../support/vars.ts";

declare module "vitest" {
  // oxlint-disable-next-line typescript/consistent-type-definitions -- Only an interface can be merged into theirs.
  export interface ProvidedContext {
    vars: Record<string, string>;
    clockAddress: string;
    mailUrl: string;
    kms: KmsVars;
  }
}

type KmsVars = {
  baseUrl: string;
  region: string;
  accessKeyId: string;
  secretAccessKey: string;
  activeKeyId: string;
};

/** Real servers for the Worker under test: the local Fly with stubs, a mailbox and the product's clock. */
export default async function setup(project: TestProject) {
  const directory = await mkdtemp(path.join(os.tmpdir(), "launchpad-test-"));
  const token = "test-token";
  const backend = createStubBackend({ dir: directory });
  const fly = await startFly({ stateDir: directory, backend, token, org: "test-org" });
  const mail = await startMail({ file: path.join(directory, "mail.jsonl"), port: 0 });
  const clock = await startClock({
    file: path.join(directory, "clock.json"),
    port: 0,
    onAdvance: async () => undefined,
  });
  const vendors = await startVendors({ port: 0 });
  const kmsVars = {
    region: "eu-central-1",
    accessKeyId: "AKIDTEST",
    secretAccessKey: "the tests' own key",
    activeKeyId: "arn:aws:kms:eu-central-1:111122223333:key/one",
  };
  const kms = await startKms({ ...kmsVars, keys: { [kmsVars.activeKeyId]: true } });
  project.provide("kms", { ...kmsVars, baseUrl: kms.url });
  project.provide("mailUrl", mail.url);
  project.provide("clockAddress", new URL(clock.url).host);
  project.provide("vars", {
    ...testVars({
      fly: { url: fly.url, appsUrl: fly.appsUrl, token, org: "test-org" },
      mailUrl: mail.url,
      vendorsUrl: vendors.url,
    }),
    ENVIRONMENT: "test",
    APP_ORIGIN: "http://localhost:8787",
    APPS_DOMAIN: "localhost:8787",
    EXTRA_VERSIONS: JSON.stringify({ openclaw: ["2.0.0", "stub-exit-78", "stub-unhealthy"] }),
    OPERATOR_TOKEN: "operator-token-of-the-tests-0123456789",
    KEK_two: Buffer.alloc(32, 2).toString("base64"),
  });
  return async () => {
    await Promise.all([fly.close(), mail.close(), clock.close(), vendors.close(), kms.close()]);
    await rm(directory, { recursive: true, force: true });
  };
}
