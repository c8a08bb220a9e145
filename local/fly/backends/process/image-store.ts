import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { lock } from "proper-lockfile";
import { z } from "zod";
import { AGENT_COMMAND } from "../../../../images/agent/contract/descriptor.ts";
import { agentProgram } from "./agent-program.ts";
import { npmInstall, type Install } from "./npm-install.ts";

/** A runtime as this host can run it: what stands for a pulled image. */
export type Runtime = {
  readonly dir: string;
  /** The Node.js it runs on. All three were seen to run on the project's own (26.10.0, 2026-11-23). */
  readonly node: string;
  /** Name of a program -> its JavaScript file. */
  readonly bins: ReadonlyMap<string, string>;
  /** Where what it compiles of itself may be kept between starts. */
  readonly compiledDir: string;
};

export type ImageStore = {
  /** Installs the runtime an image stands for; at once when it is there. */
  prepare(image: string, onProgress: (message: string) => void): Promise<void>;
  /** Throws a sentence when the image is unknown or not prepared. */
  runtimeOf(image: string): Promise<Runtime>;
};

export type ImageStoreOptions = {
  /** One folder a runtime, each with the package.json and the lock file that pin it. */
  imagesDir?: string;
  cacheDir?: string;
  install?: Install;
  /** Folders `<runtime>@<version>`, each a package laid over a runtime's own: releases made for a test. */
  overlaysDir?: string | undefined;
};

const IMAGES_DIR = fileURLToPath(new URL("../../../../images", import.meta.url));

/** How long the holder of the lock may be silent before it counts as dead; it stirs every quarter of that. */
const LOCK_STALE_MS = 20_000;
const LOCK_RETRY_MS = 500;

/** An overlay says which version it lies over; its programs take the place of those that are called the same. */
const overlayJson = z.looseObject({
  launchpad: z.looseObject({ over: z.string() }),
  bin: z.record(z.string(), z.string()),
});

const packageJson = z.looseObject({
  name: z.string(),
  version: z.string().optional(),
  dependencies: z.record(z.string(), z.string()).default({}),
  bin: z.union([z.string(), z.record(z.string(), z.string())]).optional(),
});

async function readPackage(dir: string): Promise<z.infer<typeof packageJson>> {
  return packageJson.parse(JSON.parse(await readFile(join(dir, "package.json"), "utf8")));
}

export function defaultCacheDir(): string {
  const { LAUNCHPAD_CACHE, XDG_CACHE_HOME } = process.env;
  return LAUNCHPAD_CACHE ?? join(XDG_CACHE_HOME ?? join(homedir(), ".cache"), "launchpad");
}

type Recipe = { name: string; version: string; dir: string };

type Overlay = { base: string; dir: string; bin: Readonly<Record<string, string>> };

/** Every runtime that can be had, from the folder of image recipes. */
async function readRecipes(imagesDir: string): Promise<Recipe[]> {
  const folders = (await readdir(imagesDir, { withFileTypes: true })).filter(
    (entry) => entry.isDirectory() && existsSync(join(imagesDir, entry.name, "package-lock.json")),
  );
  const recipes: Recipe[] = [];
  for (const { name } of folders) {
    const dir = join(imagesDir, name);
    const found = await readPackage(dir);
    // Other packages may live beside the runtimes; theirs are called so.
    if (found.name !== `launchpad-runtime-${name}` || found.version === undefined) continue;
    recipes.push({ name, version: found.version, dir });
  }
  return recipes.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** `<anything>/<name>:<version>`, with or without `@sha256:…` behind. */
function parseImage(image: string): { name: string; version: string | null } {
  const [reference = ""] = image.split("@");
  const [name = "", version] = reference.slice(reference.lastIndexOf("/") + 1).split(":");
  return { name, version: version ?? null };
}

async function readBins(dir: string): Promise<Map<string, string>> {
  const bins = new Map<string, string>();
  for (const dependency of Object.keys((await readPackage(dir)).dependencies)) {
    const home = join(dir, "node_modules", dependency);
    const { bin } = await readPackage(home);
    const entries = typeof bin === "string" ? { [dependency]: bin } : (bin ?? {});
    for (const [name, file] of Object.entries(entries)) bins.set(name, join(home, file));
  }
  return bins;
}

/**
 * Stands in for a registry and a container store: an image is an npm package set pinned by `images/<runtime>/`, installed
 * once into a cache that all state directories and servers of this user share.
 */
export function createImageStore(options: ImageStoreOptions = {}): ImageStore {
  const { imagesDir = IMAGES_DIR, cacheDir = defaultCacheDir(), install = npmInstall } = options;
  const overlaysDir = options.overlaysDir ?? process.env["LAUNCHPAD_OVERLAYS"];
  const runtimesDir = join(cacheDir, "runtimes");
  const underWay = new Map<string, Promise<void>>();

  /** The overlay an image stands for; null when it is a runtime's own. */
  async function overlayOf(image: string): Promise<Overlay | null> {
    const { name, version } = parseImage(image);
    if (overlaysDir === undefined || version === null) return null;
    const dir = join(overlaysDir, `${name}@${version}`);
    if (!existsSync(join(dir, "package.json"))) return null;
    const { launchpad, bin } = overlayJson.parse(
      JSON.parse(await readFile(join(dir, "package.json"), "utf8")),
    );
    return { base: `${name}:${launchpad.over}`, dir, bin };
  }

  async function recipeOf(image: string): Promise<Recipe> {
    const recipes = await readRecipes(imagesDir);
    const overlay = await overlayOf(image);
    const { name, version } = parseImage(overlay?.base ?? image);
    const recipe = recipes.find((candidate) => candidate.name === name);
    if (recipe === undefined) {
      const known = recipes.map((candidate) => `${candidate.name}:${candidate.version}`).join(", ");
      throw new Error(`The image ${image} is not one this computer can run; it knows ${known}.`);
    }
    if (version !== recipe.version) {
      throw new Error(
        `The image ${image} does not exist here: the only version of ${name} is ${recipe.version}.`,
      );
    }
    return recipe;
  }

  /** The lock file is in the name, so a changed pin is another runtime and never an old one under a new name. */
  async function targetOf(recipe: Recipe): Promise<string> {
    const lockFile = await readFile(join(recipe.dir, "package-lock.json"));
    const hash = createHash("sha256").update(lockFile).digest("hex").slice(0, 12);
    return join(runtimesDir, `${recipe.name}@${recipe.version}-${hash}`);
  }

  /** Installs beside the target and renames at the end: what has the name is whole. */
  async function installInto(
    target: string,
    recipe: Recipe,
    onProgress: (message: string) => void,
  ): Promise<void> {
    const partial = await mkdtemp(`${target}.partial-`);
    try {
      for (const file of ["package.json", "package-lock.json"]) {
        await copyFile(join(recipe.dir, file), join(partial, file));
      }
      await install(partial, onProgress);
      await rename(partial, target);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      const message = `${recipe.name} ${recipe.version} could not be installed: ${reason}`;
      throw new Error(message, { cause });
    } finally {
      await rm(partial, { recursive: true, force: true });
    }
  }

  async function removeLeftovers(target: string): Promise<void> {
    const prefix = `${target.slice(runtimesDir.length + 1)}.partial-`;
    const names = (await readdir(runtimesDir)).filter((name) => name.startsWith(prefix));
    await Promise.all(names.map((name) => rm(join(runtimesDir, name), { recursive: true, force: true })));
  }

  async function installOnce(
    target: string,
    recipe: Recipe,
    onProgress: (message: string) => void,
  ): Promise<void> {
    await mkdir(runtimesDir, { recursive: true });
    const lockfilePath = `${target}.lock`;
    if (existsSync(lockfilePath))
      onProgress(`Waiting for another installation of ${recipe.name} ${recipe.version}`);
    const release = await lock(target, {
      lockfilePath,
      realpath: false,
      stale: LOCK_STALE_MS,
      retries: { forever: true, factor: 1, minTimeout: LOCK_RETRY_MS, maxTimeout: LOCK_RETRY_MS },
      // Two installations at once waste time and nothing else: each has a folder of its own.
      onCompromised: () => onProgress(`Another installation of ${recipe.name} has begun meanwhile`),
    });
    try {
      if (existsSync(target)) return;
      await removeLeftovers(target);
      onProgress(`Installing ${recipe.name} ${recipe.version}`);
      await installInto(target, recipe, onProgress);
      onProgress(`Installed ${recipe.name} ${recipe.version}`);
    } finally {
      await release().catch(() => {
        // Compromised, see above: the lock is another's now.
      });
    }
  }

  return {
    async prepare(image, onProgress) {
      const recipe = await recipeOf(image);
      const target = await targetOf(recipe);
      if (existsSync(target)) return;
      const known = underWay.get(target);
      const work = known ?? installOnce(target, recipe, onProgress).finally(() => underWay.delete(target));
      underWay.set(target, work);
      await work;
    },
    async runtimeOf(image) {
      const dir = await targetOf(await recipeOf(image));
      if (!existsSync(dir)) throw new Error(`The image ${image} has not been pulled.`);
      const overlay = await overlayOf(image);
      const bins = await readBins(dir);
      // Of this checkout, unless the image brings one: recipes made for tests do.
      if (!bins.has(AGENT_COMMAND)) bins.set(AGENT_COMMAND, await agentProgram(cacheDir));
      for (const [name, file] of Object.entries(overlay?.bin ?? {}))
        bins.set(name, join(overlay?.dir ?? dir, file));
      return { dir, node: process.execPath, bins, compiledDir: `${dir}.compiled` };
    },
  };
}
