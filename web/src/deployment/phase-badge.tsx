import { StatusDot } from "../components/status-dot.tsx";
import type { Phase } from "./words.ts";
import { phaseWords, toneOf } from "./words.ts";

/** The one word for a deployment, and its colour. */
export function PhaseBadge({ phase }: { phase: Phase }) {
  return (
    <span className="flex items-center gap-2 text-kumo-default">
      <StatusDot tone={toneOf(phase)} />
      <span className="inline-block first-letter:uppercase">{phaseWords(phase)}</span>
    </span>
  );
}
