import { describe, expect, it } from "vitest";
import { deployment } from "./sample.ts";
import { diskMistake, guestWords, whatItMeans } from "./size-words.ts";

describe("a machine's size", () => {
  it("is told in CPUs and memory", () => {
    expect(guestWords(deployment())).toBe("2 shared CPUs, 2 GB");
    expect(guestWords({ guest: { cpuKind: "performance", cpus: 1, memoryMb: 3072 } })).toBe("1 CPU, 3 GB");
  });
});

describe("what a change of size means", () => {
  const running = deployment({ phase: "ready" });

  it("is nothing while nothing changes", () => {
    expect(whatItMeans(running, { tier: "shared", diskGb: 3 })).toEqual([]);
  });

  it("names the stop and the snapshot of another machine", () => {
    const [line] = whatItMeans(running, { tier: "dedicated", diskGb: 3 });
    expect(line).toContain("snapshot");
    expect(line).toContain("put back");
  });

  it("says that one which is stopped waits for its start", () => {
    const stopped = deployment({ phase: "stopped" });
    expect(whatItMeans(stopped, { tier: "dedicated", diskGb: 3 })[0]).toContain("started next");
  });

  it("says what is lost on the way down, and that a disk stays large", () => {
    const large = deployment({ phase: "ready", tier: "dedicated" });
    expect(whatItMeans(large, { tier: "shared", diskGb: 4 }).join(" ")).toMatch(/IPv4 .* never shrinks/);
  });
});

describe("the size of a disk", () => {
  it.each([
    [2, "It has 3 GB, and a disk can’t shrink."],
    [3.5, "Whole gigabytes, please."],
    [501, "500 GB is the most."],
    [3, null],
    [500, null],
  ])("%d GB", (diskGb, mistake) => {
    expect(diskMistake(deployment(), diskGb)).toBe(mistake);
  });
});
