import { play } from "./run.ts";
import type { Entry, Script, Wish } from "./script.ts";

/** A failing run, told so that a person can read it: what went wrong when, what it did, and how it ended. */
const MOVES_SHOWN = 60;

export async function tell(script: Script, seed: number, run: number): Promise<string> {
  const { violation, world } = await play(script, seed, run, { isTold: true });
  const moves = world.moves.length > MOVES_SHOWN ? ["  …", ...world.moves.slice(-MOVES_SHOWN)] : world.moves;
  return [
    `Run ${run} of seed ${seed}: ${violation ?? "nothing is wrong"}`,
    "What happened to it:",
    ...script.map((entry) => `  at call ${entry.call}: ${inWords(entry)}`),
    "What people wished for:",
    ...world.answers.map(({ wish, ok, detail }) => `  ${wishInWords(wish)}: ${ok ? "accepted" : detail}`),
    "What it did (call, phase, step, move, answer):",
    ...moves,
  ].join("\n");
}

function inWords(entry: Entry): string {
  switch (entry.what) {
    case "fault":
      return entry.fault;
    case "crash":
      return `the process dies ${entry.point}`;
    case "wish":
      return `${wishInWords(entry.wish)}${entry.during ? ", while the call is under way" : ""}`;
  }
}

function wishInWords(wish: Wish): string {
  const { kind, ...rest } = wish;
  const details = Object.keys(rest).length === 0 ? "" : ` ${JSON.stringify(rest)}`;
  return `somebody wishes: ${kind}${details}`;
}
