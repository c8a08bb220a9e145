import { describe, expect, it } from "vitest";
import { play } from "./run.ts";
import type { Script } from "./script.ts";

/** Bad days that a long campaign once found, shortened by it, so that they stay mended. */
const FOUND: readonly { name: string; seed: number; run: number; script: Script }[] = [
  {
    name: "a step goes on after an outage that ends just before its deadline",
    seed: 77,
    run: 106_284,
    script: [
      { call: 2, what: "fault", fault: "fly down" },
      { call: 34, what: "fault", fault: "fly down" },
      { call: 59, what: "crash", point: "before act" },
    ],
  },
  {
    name: "a volume whose machine was adopted before it started is never given up for another region",
    seed: 77,
    run: 123_630,
    script: [
      { call: 5, what: "fault", fault: "slow image" },
      { call: 5, what: "crash", point: "before commit" },
      { call: 33, what: "fault", fault: "region full" },
      {
        call: 90,
        what: "wish",
        wish: { kind: "update", config: { turn: 0 } },
        during: false,
      },
    ],
  },
  {
    name: "a wish that comes in the middle of an update gets the secrets it came with",
    seed: 1,
    run: 2_958,
    script: [
      { call: 25, what: "wish", wish: { kind: "update", config: { turn: 0 } }, during: true },
      { call: 29, what: "fault", fault: "slow image" },
      { call: 41, what: "wish", wish: { kind: "change a secret" }, during: true },
      { call: 57, what: "wish", wish: { kind: "update", runtimeVersion: "v2" }, during: true },
    ],
  },
  {
    name: "secrets that change while older ones are being set are set, too",
    seed: 1,
    run: 1_733,
    script: [
      { call: 1, what: "wish", wish: { kind: "change a secret" }, during: true },
      { call: 4, what: "wish", wish: { kind: "update", runtimeVersion: "bad-sick" }, during: true },
    ],
  },
  {
    name: "a wish that waits for a failed move to end gets its own secrets",
    seed: 1,
    run: 16_987,
    script: [
      { call: 10, what: "wish", wish: { kind: "update", runtimeVersion: "bad-image" }, during: true },
      { call: 35, what: "wish", wish: { kind: "update", runtimeVersion: "v3" }, during: true },
      { call: 37, what: "wish", wish: { kind: "change a secret" }, during: true },
      { call: 38, what: "fault", fault: "region full" },
    ],
  },
  {
    name: "a machine that was changed by hand, on a host without room to change it back, meets a deadline",
    seed: 1,
    run: 17_756,
    script: [
      { call: 43, what: "fault", fault: "out of memory" },
      { call: 76, what: "wish", wish: { kind: "update", tier: "dedicated", diskGb: 10 }, during: true },
      { call: 93, what: "fault", fault: "host tight" },
      { call: 97, what: "fault", fault: "changed by hand" },
    ],
  },
  {
    name: "an update that has spoilt its volume is not gone on with on a copy of it",
    seed: 1,
    run: 14_474,
    script: [
      { call: 12, what: "fault", fault: "host tight" },
      { call: 52, what: "wish", wish: { kind: "update", runtimeVersion: "bad-exit" }, during: false },
      { call: 78, what: "fault", fault: "stopped by hand" },
      { call: 88, what: "wish", wish: { kind: "update", tier: "dedicated" }, during: true },
    ],
  },
  {
    name: "a move that fails doesn't insist on a machine where it came from for want of room",
    seed: 5,
    run: 2_955,
    script: [
      {
        call: 5,
        what: "wish",
        wish: { kind: "update", tier: "dedicated", diskGb: 5 },
        during: true,
      },
      { call: 13, what: "wish", wish: { kind: "update", runtimeVersion: "bad-image" }, during: true },
      { call: 53, what: "fault", fault: "host tight" },
    ],
  },
  {
    name: "what is put back to a backup gets the secrets of the release it is to run",
    seed: 11,
    run: 21_491,
    script: [
      { call: 16, what: "wish", wish: { kind: "update", tier: "dedicated" }, during: true },
      { call: 31, what: "wish", wish: { kind: "change a secret" }, during: true },
      { call: 50, what: "wish", wish: { kind: "update", runtimeVersion: "v2" }, during: false },
      { call: 50, what: "wish", wish: { kind: "restore newest" }, during: false },
    ],
  },
  {
    name: "a machine that has just started is looked at before its disk grows, to tell which boot sees it",
    seed: 12,
    run: 7_985,
    script: [
      { call: 5, what: "fault", fault: "slow image" },
      { call: 9, what: "wish", wish: { kind: "grow", byGb: 2 }, during: true },
      { call: 91, what: "fault", fault: "lease of a stranger" },
    ],
  },
  {
    name: "a disk does not grow while a boot whose answer was lost may have happened",
    seed: 18,
    run: 22_007,
    script: [
      { call: 37, what: "fault", fault: "out of memory" },
      { call: 59, what: "fault", fault: "stale read" },
      { call: 65, what: "fault", fault: "refuses config" },
      { call: 70, what: "crash", point: "after act" },
      { call: 79, what: "wish", wish: { kind: "grow", byGb: 2 }, during: false },
    ],
  },
  {
    name: "a copy that was put on a host without room for its machine is not insisted on",
    seed: 12,
    run: 13_495,
    script: [
      { call: 11, what: "wish", wish: { kind: "update", tier: "dedicated" }, during: true },
      { call: 53, what: "wish", wish: { kind: "update", runtimeVersion: "bad-image" }, during: true },
      { call: 73, what: "fault", fault: "host tight" },
    ],
  },
  {
    name: "a volume that may have grown is looked at before it is copied",
    seed: 1,
    run: 13_121,
    script: [
      { call: 9, what: "wish", wish: { kind: "update", tier: "dedicated" }, during: true },
      { call: 10, what: "fault", fault: "slow image" },
      { call: 11, what: "wish", wish: { kind: "update", runtimeVersion: "v3" }, during: true },
      { call: 14, what: "crash", point: "after act" },
      { call: 19, what: "fault", fault: "stale read" },
      { call: 55, what: "fault", fault: "host tight" },
      { call: 67, what: "crash", point: "after act" },
      { call: 72, what: "fault", fault: "conflict 409" },
      { call: 86, what: "wish", wish: { kind: "grow", byGb: 2 }, during: false },
    ],
  },
  {
    name: "a machine that somebody else holds is not told to go again and again",
    seed: 1,
    run: 2_573,
    script: [
      { call: 24, what: "wish", wish: { kind: "delete", purge: true }, during: true },
      { call: 27, what: "fault", fault: "lease of a stranger" },
    ],
  },
  {
    name: "a replaced machine that somebody else holds leaves the present one ready",
    seed: 1,
    run: 1_390,
    script: [
      { call: 42, what: "wish", wish: { kind: "update", tier: "dedicated" }, during: true },
      { call: 61, what: "fault", fault: "crash loop" },
      { call: 71, what: "fault", fault: "lease of a stranger" },
    ],
  },
  {
    name: "a chore that is refused again and again does not keep it from looking at its machine",
    seed: 51,
    run: 19_297,
    script: [
      { call: 23, what: "fault", fault: "host tight" },
      { call: 25, what: "wish", wish: { kind: "update", tier: "dedicated" }, during: false },
      { call: 56, what: "fault", fault: "precondition 412" },
      { call: 63, what: "fault", fault: "destroyed by hand" },
    ],
  },
  {
    name: "an app that is denied, and is there, still has its address",
    seed: 61,
    run: 614,
    script: [
      {
        call: 29,
        what: "wish",
        wish: { kind: "update", tier: "dedicated", diskGb: 12 },
        during: true,
      },
      { call: 68, what: "wish", wish: { kind: "restore newest" }, during: true },
      { call: 82, what: "fault", fault: "not found" },
      { call: 83, what: "fault", fault: "not found" },
    ],
  },
  {
    name: "an app that is denied while it is to stay down is still there",
    seed: 71,
    run: 28_573,
    script: [
      { call: 3, what: "fault", fault: "host gone" },
      { call: 21, what: "wish", wish: { kind: "stop" }, during: false },
      { call: 24, what: "fault", fault: "lost request" },
      {
        call: 76,
        what: "wish",
        wish: { kind: "update", tier: "dedicated", diskGb: 11 },
        during: true,
      },
      { call: 89, what: "fault", fault: "not found" },
      { call: 97, what: "fault", fault: "not found" },
    ],
  },
  {
    name: "an update that a stop has interrupted is put back before its snapshot is forgotten",
    seed: 18,
    run: 3_185,
    script: [
      { call: 17, what: "wish", wish: { kind: "update", runtimeVersion: "bad-exit" }, during: true },
      { call: 36, what: "wish", wish: { kind: "stop" }, during: true },
      { call: 80, what: "fault", fault: "host gone" },
      { call: 86, what: "wish", wish: { kind: "start" }, during: false },
    ],
  },
  {
    name: "the hours that a clock jumps are not counted as ours",
    seed: 17,
    run: 34_610,
    script: [
      { call: 2, what: "fault", fault: "host gone" },
      { call: 39, what: "wish", wish: { kind: "delete", purge: false, retentionDays: 7 }, during: true },
      { call: 54, what: "fault", fault: "clock jump" },
      { call: 55, what: "fault", fault: "clock jump" },
      { call: 56, what: "fault", fault: "clock jump" },
      { call: 58, what: "fault", fault: "clock jump" },
    ],
  },
];

describe("a bad day that was found before", () => {
  it.each(FOUND)("$name", async ({ script, seed, run }) => {
    expect((await play(script, seed, run)).violation).toBeNull();
  });
});
