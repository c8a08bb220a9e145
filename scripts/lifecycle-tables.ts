import { PHASES, phaseWords, RESTING_PHASES, type Phase } from "../worker/domain/deployment/phase.ts";
import { BACK, FORWARD } from "../worker/domain/deployment/procedure.ts";
import { deadlineMs, STEP_NAMES, STEP_WORDS } from "../worker/domain/deployment/steps.ts";
import { RUNTIMES } from "../worker/domain/runtimes/index.ts";
import { transitions } from "../test/simulation/transitions.ts";

/** What `docs/architecture.md` shows of the lifecycle, drawn from the code itself. */
const RUNS = 2_000;
const SEED = 1;
/** What happened in fewer bad days than this is told in no picture. */
const SHOWN_FROM_RUNS = 5;
/** Arrows from everywhere say nothing: these are told in words. */
const FROM_ANYWHERE: ReadonlySet<Phase> = new Set(["paused", "deleting"]);
const SECOND_MS = 1_000;

/** Every step with its words and its deadline. */
export function stepTable(): string {
  const rows = STEP_NAMES.map((step) => {
    const seconds = deadlineMs(step, RUNTIMES.openclaw) / SECOND_MS;
    const deadline = seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`;
    return `| ${step} | ${STEP_WORDS[step].waitingFor} | ${deadline} |`;
  });
  return ["| step | waits for | at most (OpenClaw) |", "|---|---|---|", ...rows].join("\n");
}

/** The stages of every procedure, and of every way back. */
export function procedureTable(): string {
  const rows = [
    ...Object.entries(FORWARD).map(([kind, stages]) => [kind, stages] as const),
    ...Object.entries(BACK).map(([how, stages]) => [`back, ${how}`, stages] as const),
  ].map(([name, stages]) => `| ${name} | ${stages.join(" → ")} |`);
  return ["| procedure | stages |", "|---|---|", ...rows].join("\n");
}

/** Which phase follows which: as the simulation saw it, not as somebody meant it. */
export async function phaseDiagram(): Promise<string> {
  const found = await transitions({ runs: RUNS, seed: SEED });
  const arrows = PHASES.flatMap((from) =>
    PHASES.filter((to) => isShown(from, to) && (found.get(from)?.get(to) ?? 0) >= SHOWN_FROM_RUNS).map(
      (to) => `  ${from} --> ${to}`,
    ),
  );
  const never = PHASES.filter(
    (phase) => ![...found].some(([from, next]) => from === phase || next.has(phase)),
  );
  if (never.length > 0) throw new Error(`The simulation never saw the phases ${never.join(", ")}.`);
  return [
    "```mermaid",
    "stateDiagram-v2",
    "  direction LR",
    "  [*] --> provisioning",
    ...arrows,
    "  deleted --> [*]",
    "```",
    "",
    `Drawn from ${RUNS.toLocaleString("en")} simulated bad days: an arrow is a change that happened in at least ${SHOWN_FROM_RUNS} of them. Left out: every phase but \`deleted\` can become \`deleting\` (its owner) or \`paused\` (an operator), and is what it was after \`resume\`. At rest: ${RESTING_PHASES.map((phase) => phaseWords(phase)).join(", ")}.`,
  ].join("\n");
}

const isShown = (from: Phase, to: Phase): boolean =>
  from === "deleting" || !(FROM_ANYWHERE.has(from) || FROM_ANYWHERE.has(to));
