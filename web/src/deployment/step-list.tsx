import { cn } from "@cloudflare/kumo";
import type { ReactNode } from "react";
import type { Deployment } from "../../../worker/contract/deployments.ts";
import { formatDuration, formatElapsed, SECOND_MS } from "../time/duration.ts";
import { useNow } from "../time/use-now.ts";
import { StepMark } from "./step-mark.tsx";
import type { StepView } from "./steps.ts";

type Props = {
  steps: readonly StepView[];
  /** The step under way, with its times. */
  step: Deployment["step"];
  /** What helps with a failed step. */
  remedy?: ReactNode;
};

/** Steps from top to bottom on one line. */
export function StepList({ steps, step, remedy = null }: Props) {
  return (
    <ol className="px-5 py-4">
      {steps.map((view, index) => (
        <li
          key={view.name}
          className="relative flex gap-3 pb-4 last:pb-0"
          {...(view.state === "current"
            ? { "data-testid": "current-step", "aria-current": "step" as const }
            : {})}
        >
          {index < steps.length - 1 ? (
            <span
              aria-hidden="true"
              className={cn(
                "absolute top-6 bottom-0 left-[9.5px] w-px",
                view.state === "done" ? "bg-kumo-success/50" : "bg-kumo-line",
              )}
            />
          ) : null}
          <StepMark state={view.state} />
          <div className="min-w-0 flex-1">
            <div className="flex items-baseline justify-between gap-4">
              <span
                className={cn(
                  "inline-block first-letter:uppercase",
                  view.state === "waiting" ? "text-kumo-subtle" : "font-medium text-kumo-default",
                )}
              >
                {view.name}
              </span>
              <StepTime view={view} step={step} />
            </div>
            {view.note === null ? null : <Note view={view} step={step} />}
            {view.state === "failed" && remedy !== null ? <div className="mt-2.5">{remedy}</div> : null}
          </div>
        </li>
      ))}
    </ol>
  );
}

function Note({ view, step }: { view: StepView; step: Deployment["step"] }) {
  if (view.state === "failed") return <p className="text-sm leading-5 text-kumo-danger">{view.note}</p>;
  if (view.state === "done") return <p className="text-sm leading-5 text-kumo-subtle">{view.note}</p>;
  return (
    <p className="text-sm leading-5 text-kumo-subtle">
      Waiting for {view.note}.
      {step === null ? null : (
        <> Gives up after {formatElapsed(Date.parse(step.deadlineAt) - Date.parse(step.startedAt))}.</>
      )}
    </p>
  );
}

function StepTime({ view, step }: { view: StepView; step: Deployment["step"] }) {
  if (view.state === "current" && step !== null) return <Elapsed since={step.startedAt} />;
  if (view.durationMs === null) return null;
  return (
    <span className="shrink-0 text-sm text-kumo-subtle tabular-nums">
      {view.durationMs === 0 ? "at once" : formatDuration(view.durationMs)}
    </span>
  );
}

function Elapsed({ since }: { since: string }) {
  const now = useNow(SECOND_MS);
  return (
    <span className="shrink-0 text-sm font-medium text-kumo-info tabular-nums">
      {formatElapsed(now - Date.parse(since))}
    </span>
  );
}
