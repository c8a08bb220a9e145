import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import getPort from "get-port";

/** Prism as a validating proxy: a reader of `docs/openapi.json` that we did not write. */
export type Prism = { url: string; stop(): Promise<void> };

const ROOT = path.resolve(import.meta.dirname, "../..");
const PROGRAM = path.join(ROOT, "node_modules/@stoplight/prism-cli/dist/index.js");
const DOCUMENT = path.join(ROOT, "docs/openapi.json");
const TRIES = 300;
const TRY_MS = 100;

/**
 * `isStrict`: what doesn't fit is answered by Prism itself, a request before it gets anywhere. Otherwise everything is
 * passed on, and the header `sl-violations` says what didn't fit: so that bad requests reach the API, too.
 */
export async function startPrism(options: { upstream: string; isStrict: boolean }): Promise<Prism> {
  const port = await getPort({ host: "127.0.0.1" });
  const child = spawn(
    process.execPath,
    [
      PROGRAM,
      "proxy",
      DOCUMENT,
      options.upstream,
      ...(options.isStrict ? ["--errors"] : []),
      "--host=127.0.0.1",
      `--port=${port}`,
      "--verboseLevel=fatal",
      "--cors=false",
    ],
    { stdio: ["ignore", "ignore", "inherit"] },
  );
  const ended = once(child, "exit");
  const url = `http://127.0.0.1:${port}`;
  const stop = async (): Promise<void> => {
    child.kill();
    await ended;
  };
  for (let tries = 0; tries < TRIES && child.exitCode === null; tries += 1) {
    if (await answers(url)) return { url, stop };
    await new Promise((elapsed) => setTimeout(elapsed, TRY_MS));
  }
  child.kill();
  throw new Error("Prism did not start.");
}

async function answers(url: string): Promise<boolean> {
  try {
    await (await fetch(`${url}/is-anybody-there`)).arrayBuffer();
    return true;
  } catch {
    return false; // Not yet.
  }
}
