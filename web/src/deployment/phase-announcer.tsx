import type { Deployment } from "../../../worker/contract/deployments.ts";
import { phaseWords } from "./words.ts";

/** Tells screen readers what the page shows by changing: the phase and the step, not every second of them. */
export function PhaseAnnouncer({ deployment: { name, phase, step, reason } }: { deployment: Deployment }) {
  return (
    <p aria-live="polite" className="sr-only">
      {step === null
        ? `${name} is ${phaseWords(phase)}. ${reason}`
        : `${name} is ${phaseWords(phase)}, step ${step.name}.`}
    </p>
  );
}
