// Runs a program of this project on the project's own Node, installing what is missing first. Works on system Node 20,
// which is all a newcomer has: nothing but what Node 20 brings may be used here.
//
// usage: node scripts/run.mjs <program.ts> [arguments]
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const root = path.resolve(import.meta.dirname, "..");
const ownNode = path.join(root, "node_modules", ".bin", "node");
const [program, ...args] = process.argv.slice(2);

process.chdir(root);
if (!isInstalled()) install();
process.env.PATH = `${path.dirname(ownNode)}${path.delimiter}${process.env.PATH ?? ""}`;

if (process.version === ownVersion()) {
  // npm put our Node first in PATH already: stay in this process, so that signals and exit codes need no relay.
  process.argv.splice(1, 2, path.resolve(program));
  await import(pathToFileURL(path.resolve(program)).href);
} else {
  const child = spawn(ownNode, [path.resolve(program), ...args], { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (code, signal) => process.exit(code ?? (signal === "SIGINT" ? 130 : 143)));
}

/** Whether node_modules holds what the lock file says; what is optional may be for another platform. */
function isInstalled() {
  if (!existsSync(ownNode)) return false;
  const installed = readLock(path.join(root, "node_modules", ".package-lock.json"));
  const wanted = readLock(path.join(root, "package-lock.json"));
  return Object.entries(wanted).every(
    ([name, { version, optional }]) => name === "" || optional || installed[name]?.version === version,
  );
}

function readLock(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8")).packages;
  } catch {
    return {};
  }
}

function install() {
  console.log("Installing what this project needs (once; a minute or two) …");
  // No package of ours needs its install script: platform binaries come as optional dependencies.
  const flags = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  const { status, error } = spawnSync("npm", flags, {
    cwd: root,
    stdio: "inherit",
    shell: process.platform === "win32",
  });
  if (status === 0 && existsSync(ownNode)) return;
  console.error(
    error === undefined && status === 0
      ? `There is no Node for ${process.platform} ${process.arch} among this project's packages.`
      : "The packages could not be installed: see npm's message above. Nothing was started.",
  );
  process.exit(1);
}

function ownVersion() {
  return spawnSync(ownNode, ["--version"], { encoding: "utf8" }).stdout.trim();
}
