import { Button } from "@cloudflare/kumo";
import { PauseIcon, PlayIcon } from "@phosphor-icons/react";
import { StatusDot } from "../components/status-dot.tsx";
import { Panel } from "../components/panel.tsx";
import { Problem } from "../components/problem.tsx";
import { countOf } from "../time/duration.ts";
import { CopyButton } from "../components/copy-button.tsx";
import type { LogState } from "./follow-logs.ts";
import { textOf } from "./log-buffer.ts";
import { LogLines } from "./log-lines.tsx";
import { useLogs } from "./use-logs.ts";

/** What the assistant says while it works. */
export function LogPanel({ id, isFollowing }: { id: string; isFollowing: boolean }) {
  const { buffer, state, isPaused, behind, pause, resume } = useLogs({ id, isFollowing });
  const isEmpty = buffer.blocks.length === 0;
  return (
    <Panel
      title={
        <span className="flex items-center gap-3">
          Logs
          <span className="flex items-center gap-2 text-sm font-normal text-kumo-subtle">
            <StatusDot tone={toneOf(state, isPaused)} />
            {isPaused && behind > 0 ? `Paused, ${countOf(behind, "new line")}` : wordOf(state, isPaused)}
          </span>
        </span>
      }
      aside={
        <div className="flex items-center gap-1">
          {state.is === "ended" && !isPaused ? null : (
            <Button
              variant="ghost"
              size="sm"
              icon={isPaused ? <PlayIcon /> : <PauseIcon />}
              onClick={isPaused ? resume : pause}
            >
              {isPaused ? "Resume" : "Pause"}
            </Button>
          )}
          <CopyButton text={() => textOf(buffer)} isDisabled={isEmpty} />
        </div>
      }
      className="min-w-0 lg:sticky lg:top-20"
    >
      {state.is === "reconnecting" && isEmpty ? <Problem error={state.error} className="p-4" /> : null}
      <LogLines buffer={buffer} isFrozen={isPaused} emptyWords={emptyWords(state)} />
    </Panel>
  );
}

function toneOf(state: LogState, isPaused: boolean) {
  if (isPaused || state.is === "ended") return "quiet";
  return state.is === "following" ? "good" : "uneasy";
}

function wordOf({ is }: LogState, isPaused: boolean): string {
  if (isPaused) return "Paused";
  switch (is) {
    case "connecting":
      return "Connecting…";
    case "following":
      return "Following";
    case "reconnecting":
      return "Reconnecting…";
    case "ended":
      return "Stopped";
  }
}

function emptyWords({ is }: LogState): string {
  switch (is) {
    case "connecting":
    case "reconnecting":
      return "";
    case "following":
      return "No lines yet. They appear here as soon as the machine starts.";
    case "ended":
      return "No lines of the last run are kept.";
  }
}
