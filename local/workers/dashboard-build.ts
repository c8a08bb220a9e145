import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import { execFile } from "node:child_process";
import { promisify } from "node:util";

/**
 * The dashboard's assets and its Pages Function, built when something they are made of has changed. Results are kept
 * under a name made from their sources, so that several starts can build and use them side by side.
 */
export type DashboardBuild = { assets: string; functionScript: string };

const ROOT = path.resolve(import.meta.dirname, "../..");
const CACHE = path.join(ROOT, ".cache", "dashboard");
const SOURCES = ["web", "worker/contract", "worker/domain", "worker/platform", "package-lock.json"];
const NOT_SOURCES = new Set(["dist", "node_modules", ".wrangler"]);
const run = promisify(execFile);

export async function buildDashboard(onBuild: () => void): Promise<DashboardBuild> {
  const target = path.join(CACHE, await fingerprint());
  const build = {
    assets: path.join(target, "assets"),
    functionScript: path.join(target, "function", "index.js"),
  };
  if (existsSync(target)) return build;
  onBuild();
  await mkdir(CACHE, { recursive: true });
  const draft = await mkdtemp(path.join(CACHE, "draft-"));
  const bin = (name: string) => path.join(ROOT, "node_modules", ".bin", name);
  await run(
    bin("vite"),
    ["build", "web", "--outDir", path.join(draft, "assets"), "--emptyOutDir", "--logLevel", "error"],
    { cwd: ROOT },
  );
  // By wrangler itself, so that routing inside `functions/` is what Pages does.
  await run(bin("wrangler"), ["pages", "functions", "build", "--outdir", path.join(draft, "function")], {
    cwd: path.join(ROOT, "web"),
    env: { ...process.env, WRANGLER_SEND_METRICS: "false", WRANGLER_HIDE_BANNER: "true", CI: "1" },
  });
  await rename(draft, target).catch(async () => rm(draft, { recursive: true })); // Somebody else was faster.
  await forgetOthers(target);
  return build;
}

async function fingerprint(): Promise<string> {
  const hash = createHash("sha256");
  for (const source of SOURCES)
    for (const file of await filesIn(path.join(ROOT, source)))
      hash.update(path.relative(ROOT, file)).update(await readFile(file));
  return hash.digest("hex").slice(0, 16);
}

async function filesIn(target: string): Promise<readonly string[]> {
  const entries = await readdir(target, { withFileTypes: true }).catch(() => null);
  if (entries === null) return [target];
  const nested = await Promise.all(
    entries.filter(({ name }) => !NOT_SOURCES.has(name)).map(({ name }) => filesIn(path.join(target, name))),
  );
  return nested.flat().sort();
}

/** Old builds pile up otherwise; a running start has read its own already, apart from assets, so a few stay. */
const BUILDS_KEPT = 4;

async function forgetOthers(current: string): Promise<void> {
  const builds = (await readdir(CACHE))
    .filter((name) => !name.startsWith("draft-"))
    .map((name) => path.join(CACHE, name));
  const others = builds.filter((build) => build !== current);
  const aged = await Promise.all(others.map(async (build) => ({ build, at: (await stat(build)).mtimeMs })));
  for (const { build } of aged.sort((a, b) => b.at - a.at).slice(BUILDS_KEPT - 1))
    await rm(build, { recursive: true, force: true });
}
