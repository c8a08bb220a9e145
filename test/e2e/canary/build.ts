import { mkdtemp, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { Plugin } from "esbuild";
import { bundleWorker } from "../../../local/workers/bundle.ts";
import type { Mutation } from "../../support/mutant.ts";
import { mutant } from "../../support/mutant.ts";
import { ASKED } from "./places.ts";

/**
 * The Worker as `npm start` would bundle it, which tells besides what it asks of others: a secret in the address of a
 * request is one in somebody's log. With mutations it is a temporary build that leaks.
 */
export async function buildWorker(mutations: readonly Mutation[]): Promise<string> {
  const entry = path.resolve(import.meta.dirname, "../../../worker/index.ts");
  const directory = await mkdtemp(path.join(os.tmpdir(), "launchpad-canary-build-"));
  const file = path.join(directory, "worker.js");
  await writeFile(file, await bundleWorker(entry, [telling, ...mutations.map(mutant)]));
  return file;
}

const telling: Plugin = {
  name: "telling",
  setup(build) {
    build.initialOptions.banner = {
      js: `globalThis.fetch = ((real) => (input, init) => {
  const { method, url } = new Request(input, init === undefined ? undefined : { method: init.method });
  console.log(JSON.stringify({ event: "${ASKED}", method, url }));
  return real(input, init);
})(globalThis.fetch);`,
    };
  },
};
