import { Button } from "@cloudflare/kumo";
import {
  ArrowClockwiseIcon,
  ArrowCounterClockwiseIcon,
  PlayIcon,
  StopIcon,
  TrashIcon,
} from "@phosphor-icons/react";
import { useState } from "react";
import type { Deployment } from "../../../worker/contract/deployments.ts";
import { isPending } from "../api/newest.ts";
import { ConfirmDialog } from "../components/confirm-dialog.tsx";
import { useMay } from "../session/use-may.ts";
import type { Confirmed } from "./confirm-words.ts";
import { confirmationOf } from "./confirm-words.ts";
import type { Change, useChange } from "./use-change.ts";
import { ROUTES } from "./use-change.ts";
import { actionUnderWay } from "./words.ts";

type Props = { deployment: Deployment; change: ReturnType<typeof useChange> };

/**
 * What may be asked for now, as the deployment itself says, by whoever is signed in. What has been asked for keeps its
 * button, turning.
 */
export function Actions({ deployment, change }: Props) {
  const [asked, setAsked] = useState<Confirmed | null>(null);
  const underWay = isPending(deployment) ? actionUnderWay(deployment.phase) : null;
  const may = useMay();
  const shows = (action: Change): boolean =>
    (deployment.actions.includes(action) || underWay === action) && may(ROUTES[action]);
  const isTurning = (action: Change): boolean =>
    underWay === action || (change.isPending && change.variables === action);
  const close = (): void => setAsked(null);
  const confirm = (): void => {
    if (asked !== null) change.mutate(asked);
    close();
  };
  return (
    <>
      {shows("delete") && deployment.phase !== "deleted" ? (
        <Button
          variant="ghost"
          icon={<TrashIcon />}
          loading={isTurning("delete")}
          onClick={() => setAsked("delete")}
        >
          Delete
        </Button>
      ) : null}
      {shows("restart") ? (
        <Button
          icon={<ArrowClockwiseIcon />}
          loading={isTurning("restart")}
          onClick={() => setAsked("restart")}
        >
          Restart
        </Button>
      ) : null}
      {shows("stop") ? (
        <Button icon={<StopIcon />} loading={isTurning("stop")} onClick={() => setAsked("stop")}>
          Stop
        </Button>
      ) : null}
      {shows("undelete") ? (
        <Button
          icon={<ArrowCounterClockwiseIcon />}
          loading={isTurning("undelete")}
          onClick={() => change.mutate("undelete")}
        >
          Undelete
        </Button>
      ) : null}
      {shows("start") && !shows("undelete") ? (
        <Button icon={<PlayIcon />} loading={isTurning("start")} onClick={() => change.mutate("start")}>
          Start
        </Button>
      ) : null}
      <ConfirmDialog
        question={asked === null ? null : confirmationOf(asked, deployment.name)}
        onConfirm={confirm}
        onClose={close}
      />
    </>
  );
}
