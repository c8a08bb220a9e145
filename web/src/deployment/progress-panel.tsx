import { Button, cn } from "@cloudflare/kumo";
import { ArrowClockwiseIcon, CaretDownIcon } from "@phosphor-icons/react";
import { useState } from "react";
import type { Deployment, DeploymentEvent } from "../../../worker/contract/deployments.ts";
import { Panel } from "../components/panel.tsx";
import { Problem } from "../components/problem.tsx";
import { useMay } from "../session/use-may.ts";
import { formatDuration } from "../time/duration.ts";
import { StepList } from "./step-list.tsx";
import { provisioningOf, stepsOf } from "./steps.ts";
import { ROUTES, useChange } from "./use-change.ts";

type Props = { deployment: Deployment; events: readonly DeploymentEvent[] };

/** The work under way, step by step; at rest, how the deployment came about. */
export function ProgressPanel({ deployment, events }: Props) {
  const { phase, step, readyAt } = deployment;
  if (phase === "failed") return <Failed deployment={deployment} events={events} />;
  if (step !== null || phase === "provisioning")
    return (
      <Panel title={readyAt === null && phase === "provisioning" ? "Provisioning" : "In progress"}>
        <StepList steps={stepsOf(deployment, events)} step={step} />
      </Panel>
    );
  return <Provisioned deployment={deployment} events={events} />;
}

function Failed({ deployment, events }: Props) {
  const retry = useChange(deployment.id);
  const may = useMay();
  const steps = stepsOf(deployment, events);
  const isPlaced = steps.some(({ state }) => state === "failed");
  const again =
    deployment.actions.includes("retry") && may(ROUTES.retry) ? (
      <Button
        size="sm"
        icon={<ArrowClockwiseIcon />}
        loading={retry.isPending}
        onClick={() => retry.mutate("retry")}
      >
        Retry
      </Button>
    ) : null;
  return (
    <Panel title={deployment.readyAt === null ? "Provisioning" : "What went wrong"}>
      {isPlaced ? (
        <StepList steps={steps} step={null} remedy={again} />
      ) : (
        // Before the timeline has told which step it was, and where it can't tell.
        <div className="flex flex-col items-start gap-3 p-5">
          <p className="text-kumo-danger">{deployment.reason}</p>
          {again}
        </div>
      )}
      {retry.error === null ? null : <Problem error={retry.error} className="px-5 pb-5" />}
    </Panel>
  );
}

function Provisioned({ deployment, events }: Props) {
  const [isShown, setShown] = useState(false);
  const summary = provisioningOf(deployment, events);
  if (summary === null) return null;
  return (
    <Panel
      title={`Provisioned in ${formatDuration(summary.tookMs)}`}
      aside={
        <Button variant="ghost" size="sm" aria-expanded={isShown} onClick={() => setShown(!isShown)}>
          {isShown ? "Hide steps" : "Show steps"}
          <CaretDownIcon aria-hidden="true" className={cn("transition-transform", isShown && "rotate-180")} />
        </Button>
      }
      className={cn(!isShown && "[&>header]:border-b-0")}
    >
      {isShown ? <StepList steps={summary.steps} step={null} /> : null}
    </Panel>
  );
}
