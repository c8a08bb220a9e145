import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createImageStore } from "../../local/fly/backends/process/image-store.ts";
import { createBench, eventually, IMAGE, installFixture, type Bench } from "./process/harness.ts";

let bench: Bench;

beforeEach(async () => {
  bench = await createBench();
  await bench.backend.prepare(IMAGE, () => {});
});

afterEach(() => bench.remove());

describe("volumes", () => {
  test("a snapshot is a copy of its own with a digest of its contents", async () => {
    await writeFile(join(bench.volume, "a"), "one");
    await mkdir(join(bench.volume, "sub"));
    await writeFile(join(bench.volume, "sub", "b"), "three");
    const first = await bench.backend.volumes.snapshot("vol_1", "snap_1");
    expect(first).toEqual({ sizeBytes: 8, digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) });
    expect(await bench.backend.volumes.snapshot("vol_1", "snap_2")).toEqual(first);
    await writeFile(join(bench.volume, "a"), "two");
    expect((await bench.backend.volumes.snapshot("vol_1", "snap_3")).digest).not.toBe(first.digest);

    await bench.backend.volumes.destroy("vol_1");
    await bench.backend.volumes.createFrom("vol_2", { snapshotId: "snap_1" }, 1);
    await bench.backend.volumes.destroySnapshot("snap_1");
    await bench.backend.volumes.createFrom("vol_3", { volumeId: "vol_2" }, 1);
    const copied = join(bench.dirs.state, "volumes", "vol_3");
    expect(await readFile(join(copied, "a"), "utf8")).toBe("one");
    expect(await readFile(join(copied, "sub", "b"), "utf8")).toBe("three");
  });

  test("a volume in another's place is seen under the same path, as in a virtual machine", async () => {
    const first = await bench.up();
    await first.running.stop("SIGTERM", 1_000);
    await bench.backend.volumes.createFrom("vol_2", { volumeId: "vol_1" }, 1);
    const second = await bench.up({ mount: { volumeId: "vol_2", guestPath: "/data" } });
    expect(second.report.env["HOME"]).toBe(first.report.env["HOME"]);
    await second.running.exec(["sh", "-c", "echo hi > /data/note"], { timeoutMs: 5_000 });
    expect(await readFile(join(bench.dirs.state, "volumes", "vol_2", "note"), "utf8")).toBe("hi\n");
  });

  test("the machine stands still while its volume is copied, and goes on after", async () => {
    await bench.up({ env: { FAKE_STATE: "/data/ticks" } });
    // Enough files for the copy to take many of the machine's ticks, which come every 20 ms.
    for (let i = 0; i < 600; i += 1) await writeFile(join(bench.volume, `file-${i}`), "content");
    const ticks = async () => (await readFile(join(bench.volume, "ticks"), "utf8")).split("\n").length;
    const before = await ticks();
    const begun = performance.now();
    await bench.backend.volumes.createFrom("vol_2", { volumeId: "vol_1" }, 1);
    const ticksOfCopy = (performance.now() - begun) / 20;
    const after = await ticks();
    expect(ticksOfCopy).toBeGreaterThan(8);
    expect(after - before).toBeLessThan(ticksOfCopy / 2);
    await eventually("it goes on writing", async () => ((await ticks()) > after + 3 ? true : null));
  });
});

describe("prepare", () => {
  const store = (install = installFixture) =>
    createImageStore({ imagesDir: bench.dirs.images, cacheDir: join(bench.root, "cache2"), install });
  const cached = async () => readdir(join(bench.root, "cache2", "runtimes"));

  test("an interrupted installation is never used, and is done again", async () => {
    const torn = store(async (dir) => {
      await mkdir(join(dir, "node_modules"));
      throw new Error("the line went dead.");
    });
    await expect(torn.prepare(IMAGE, () => {})).rejects.toThrow(
      "fakeclaw 1.0.0 could not be installed: the line went dead.",
    );
    await expect(torn.runtimeOf(IMAGE)).rejects.toThrow(/has not been pulled/);
    const [target = ""] = await readdir(join(bench.dirs.cache, "runtimes"));
    await mkdir(join(bench.root, "cache2", "runtimes", `${target}.partial-dead`));
    await store().prepare(IMAGE, () => {});
    expect(await cached()).toEqual([target]);
  });

  test("two servers that share a cache install once", async () => {
    let installs = 0;
    const counting = async (dir: string, onProgress: (message: string) => void) => {
      installs += 1;
      await installFixture(dir, onProgress);
    };
    await Promise.all([
      store(counting).prepare(IMAGE, () => {}),
      store(counting).prepare(`${IMAGE}@sha256:${"0".repeat(64)}`, () => {}),
    ]);
    expect(installs).toBe(1);
    await store(counting).prepare(IMAGE, () => {});
    expect(installs).toBe(1);
  });

  test("every runtime's recipe is found and pins what its name says", async () => {
    const images = createImageStore({ cacheDir: join(bench.root, "cache3") });
    await expect(images.runtimeOf("r.example/nothing:1")).rejects.toThrow(
      /it knows clawdbot:\S+, moltbot:\S+, openclaw:\S+\.$/,
    );
    for (const [name, dependency] of [
      ["openclaw", "openclaw"],
      ["clawdbot", "clawdbot"],
      ["moltbot", "openclaw"],
    ]) {
      const path = new URL(`../../images/${name}/package.json`, import.meta.url);
      const recipe = JSON.parse(await readFile(path, "utf8")) as {
        version: string;
        dependencies: Record<string, string>;
      };
      expect(recipe.dependencies[dependency ?? ""]).toBe(recipe.version);
    }
  });
});
