import { chown, lstat, mkdir, mkdtemp, realpath, rm, stat, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { prepareHome } from "../../images/agent/start/config-file.ts";

/**
 * What a gateway's user may have left on the volume for the agent, which is root. Needs root and Linux, as a machine has
 * them.
 */
const OWNER = { uid: 61_234, gid: 61_234 };
const isSkipped = process.platform !== "linux" || process.getuid?.() !== 0;
if (isSkipped) console.warn("SKIPPED: the agent before a gateway of another user needs Linux and root.");

describe.skipIf(isSkipped)("a gateway of another user", () => {
  let root: string;
  beforeEach(async () => void (root = await realpath(await mkdtemp(join(tmpdir(), "agent-")))));
  afterEach(() => rm(root, { recursive: true, force: true }));

  it("gets its home on a fresh volume", async () => {
    await mkdir(join(root, "data"));
    await prepareHome(join(root, "data/home"), OWNER);
    for (const path of ["data", "data/home"])
      expect(await stat(join(root, path))).toMatchObject({ uid: OWNER.uid, gid: OWNER.gid });
  });

  it("isn't given what it put a link to in its home's place", async () => {
    const ours = join(root, "ours");
    const volume = join(root, "data");
    for (const path of [ours, volume]) await mkdir(path);
    await chown(volume, OWNER.uid, OWNER.gid);
    await symlink(ours, join(volume, "home"));
    await prepareHome(join(volume, "home"), OWNER);
    expect((await lstat(ours)).uid).toBe(0);
  });
});
