import { useEffect } from "react";
import type { Deployment, DeploymentEvent } from "../../../worker/contract/deployments.ts";
import { open } from "../../../worker/contract/deployments.ts";
import type { LiveState } from "../api/live-socket.ts";
import { PageTitle } from "../components/page-title.tsx";
import { Problem } from "../components/problem.tsx";
import { MINUTE_MS } from "../time/duration.ts";
import { useMay } from "../session/use-may.ts";
import { formatExact, formatSince } from "../time/relative.ts";
import { useNow } from "../time/use-now.ts";
import { Actions } from "./actions.tsx";
import { LiveHint } from "./live-hint.tsx";
import { OpenButton } from "./open-button.tsx";
import { PhaseBadge } from "./phase-badge.tsx";
import { phaseSince } from "./since.ts";
import { useChange } from "./use-change.ts";
import { useOpenAssistant } from "./use-open-assistant.ts";

type Props = { deployment: Deployment; events: readonly DeploymentEvent[]; live: LiveState };

/** Its name, how it is, and what can be done with it. */
export function DeploymentHeader({ deployment, events, live }: Props) {
  const door = useOpenAssistant(deployment.id, deployment.name);
  const change = useChange(deployment.id);
  const since = phaseSince(deployment, events);
  const mayOpen = useMay()(open);
  const { forget } = door;
  // A new wish makes an old failure to open old news.
  useEffect(forget, [forget, deployment.generation]);
  return (
    <header className="flex flex-col gap-5">
      <div className="flex flex-col gap-x-8 gap-y-5 md:flex-row md:items-start md:justify-between">
        <div className="flex min-w-0 flex-col gap-1.5">
          <PageTitle title={deployment.name} className="break-words" />
          <div className="flex flex-wrap items-center gap-x-1.5 gap-y-1">
            <span data-testid="phase" className="font-medium">
              <PhaseBadge phase={deployment.phase} />
            </span>
            {since === null ? null : <Since at={since} />}
            <LiveHint live={live} />
          </div>
          <Reason deployment={deployment} />
        </div>
        {deployment.phase === "deleted" ? null : (
          <div className="flex shrink-0 flex-col gap-2 md:items-end">
            <div className="flex flex-wrap items-center gap-2 md:justify-end">
              <Actions deployment={deployment} change={change} />
              {mayOpen ? (
                <OpenButton
                  closedBecause={deployment.closedBecause}
                  isOpening={door.isOpening}
                  onOpen={door.openAssistant}
                />
              ) : null}
            </div>
            {deployment.closedBecause === null || !mayOpen ? null : (
              <p id="closed-because" className="max-w-sm text-sm leading-5 text-kumo-subtle md:text-right">
                {deployment.closedBecause}
              </p>
            )}
          </div>
        )}
      </div>
      {door.error === null ? null : <Problem error={door.error} onDismiss={door.forget} />}
      {change.error === null ? null : <Problem error={change.error} onDismiss={change.reset} />}
    </header>
  );
}

/** Why it is in its phase; a failure says so beside its step. */
function Reason({ deployment: { phase, reason, retainedUntil } }: Pick<Props, "deployment">) {
  if (phase === "failed") return null;
  return (
    <p className="text-kumo-subtle">
      {retainedUntil === null ? (
        reason
      ) : (
        <>
          Its volume is kept until{" "}
          <time dateTime={retainedUntil}>{formatExact(Date.parse(retainedUntil))}</time>, then everything is
          deleted for good.
        </>
      )}
    </p>
  );
}

function Since({ at }: { at: string }) {
  const now = useNow(MINUTE_MS);
  const instant = Date.parse(at);
  return (
    <time dateTime={at} title={formatExact(instant)} className="text-kumo-subtle">
      since {formatSince(instant, now)}
    </time>
  );
}
