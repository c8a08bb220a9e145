import { lazy, Suspense, useState, useSyncExternalStore } from "react";
import { stepUpGate } from "./step-up-gate.ts";

// Nobody needs it until the API asks for a proof.
const StepUpDialog = lazy(async () => ({ default: (await import("./step-up-dialog.tsx")).StepUpDialog }));

/** The one place where a fresh proof is asked for, whichever request needs it. */
export function StepUpHost() {
  const isAsking = useSyncExternalStore(stepUpGate.subscribe, stepUpGate.isAsking);
  const [wasAsked, setAsked] = useState(false);
  if (isAsking && !wasAsked) setAsked(true);
  return wasAsked ? (
    <Suspense>
      <StepUpDialog isOpen={isAsking} onSettled={stepUpGate.settle} />
    </Suspense>
  ) : null;
}
