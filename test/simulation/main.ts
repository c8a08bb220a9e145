import { play, scriptOf } from "./run.ts";
const seed = Number(process.argv[2] ?? 1),
  runs = Number(process.argv[3] ?? 100);
const t = performance.now();
let steps = 0;
let bad = 0;
const kinds = new Map<string, number[]>();
for (let run = 0; run < runs; run++) {
  const o = await play(scriptOf(seed, run), seed, run);
  steps += o.steps;
  if (o.violation !== null) {
    bad++;
    const k = o.violation.replace(/\d+/g, "#").slice(0, 140);
    kinds.set(k, [...(kinds.get(k) ?? []), run]);
  }
}
const s = (performance.now() - t) / 1000;
console.log({ runs, steps, bad, perSecond: Math.round(steps / s), s });
for (const [k, v] of [...kinds].sort((a, b) => b[1].length - a[1].length))
  console.log(v.length, k, v.slice(0, 5));
