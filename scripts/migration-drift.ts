import { execFileSync } from "node:child_process";
import { cp, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { ROOT } from "./steps.ts";

/** Fails when `worker/store/schema.ts` says something that no migration brings about. */
const copy = await mkdtemp(path.join(os.tmpdir(), "launchpad-migrations-"));
try {
  await cp(path.join(ROOT, "migrations"), copy, { recursive: true });
  const before = await readdir(copy);
  const drizzle = path.join(ROOT, "node_modules", ".bin", "drizzle-kit");
  const flags = [
    "--dialect=sqlite",
    "--schema=./worker/store/schema.ts",
    "--casing=snake_case",
    `--out=${path.relative(ROOT, copy)}`,
  ];
  execFileSync(drizzle, ["generate", ...flags, "--name=drift"], { cwd: ROOT, stdio: "pipe" });
  const added = (await readdir(copy)).filter((file) => !before.includes(file));
  for (const file of added)
    console.error(
      `The schema is ahead of the migrations by:\n${await readFile(path.join(copy, file), "utf8")}`,
    );
  if (added.length > 0)
    console.error("Run: npm run migration -- --name <what-it-does>, and read what it writes.");
  process.exitCode = added.length > 0 ? 1 : 0;
} finally {
  await rm(copy, { recursive: true, force: true });
}
