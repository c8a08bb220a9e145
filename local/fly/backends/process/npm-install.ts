import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** Fills a folder that holds a package.json and its lock file. Rejects with the reason as a short phrase. */
export type Install = (dir: string, onProgress: (message: string) => void) => Promise<void>;

/** Half an hour is a slow line for 700 MB; past it nobody believes that it still moves. */
const INSTALL_TIMEOUT_MS = 30 * 60_000;
const PROGRESS_EVERY_MS = 2000;
const MAX_ERROR_CHARS = 64 * 1024;

/** No install script is run: OpenClaw's refuses any Node but its own, and none of the runtimes needs one to run. */
const ARGS = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];

/** npm makes all folders first and fills them as the archives come, so what counts is the manifest inside. */
async function countPackages(dir: string): Promise<number> {
  const root = join(dir, "node_modules");
  const names = await readdir(root).catch(() => []);
  const scopes = names.filter((name) => name.startsWith("@"));
  const scoped = await Promise.all(
    scopes.map(async (scope) => {
      const inScope = await readdir(join(root, scope)).catch(() => []);
      return inScope.map((name) => join(scope, name));
    }),
  );
  const all = [...names.filter((name) => !name.startsWith("@")), ...scoped.flat()];
  return all.filter((name) => existsSync(join(root, name, "package.json"))).length;
}

/** How many packages the lock file puts at the top, less those for other systems. */
async function countExpected(dir: string): Promise<number> {
  const lockFile = JSON.parse(await readFile(join(dir, "package-lock.json"), "utf8")) as {
    packages: Record<string, { os?: readonly string[]; cpu?: readonly string[]; libc?: readonly string[] }>;
  };
  const isHere = (allowed: readonly string[] | undefined, value: string): boolean =>
    allowed === undefined || allowed.includes(value);
  return Object.entries(lockFile.packages).filter(
    ([path, { os, cpu }]) =>
      /^node_modules\/(?:@[^/]+\/)?[^/]+$/.test(path) &&
      isHere(os, process.platform) &&
      isHere(cpu, process.arch),
  ).length;
}

/** npm's own reason: its error code, which is the part that can be looked up. */
function reasonIn(output: string, code: number | null): string {
  const reason = /npm error code (\S+)/.exec(output)?.[1] ?? `exit code ${code}`;
  const isNetwork = /ENOTFOUND|EAI_AGAIN|ECONN|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH/.test(reason);
  return isNetwork ? `the package registry can't be reached (${reason}).` : `npm failed with ${reason}.`;
}

/** Installs with the npm on the PATH and its user's settings, so that proxies and mirrors are honoured. */
export const npmInstall: Install = async (dir, onProgress) => {
  const expected = await countExpected(dir);
  const child = spawn("npm", ARGS, {
    cwd: dir,
    stdio: ["ignore", "ignore", "pipe"],
    signal: AbortSignal.timeout(INSTALL_TIMEOUT_MS),
  });
  let output = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    output = (output + text).slice(-MAX_ERROR_CHARS);
  });
  const timer = setInterval(() => {
    void countPackages(dir).then((count) => onProgress(`Installed ${count} of ${expected} packages`));
  }, PROGRESS_EVERY_MS);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once("error", reject).once("close", resolve);
    });
    if (code !== 0) throw new Error(reasonIn(output, code), { cause: output });
  } finally {
    clearInterval(timer);
  }
};
