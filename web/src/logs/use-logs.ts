import { useEffect, useRef, useState } from "react";
import type { LogLine } from "../../../worker/contract/deployments.ts";
import type { LogState } from "./follow-logs.ts";
import { followLogs, TAIL_LINES } from "./follow-logs.ts";
import type { LogBuffer } from "./log-buffer.ts";
import { appendLines, EMPTY_LOG, unseen } from "./log-buffer.ts";

/** Lines arrive in bursts; drawing five times a second is smooth and cheap. */
const DRAW_EVERY_MS = 200;

/**
 * A deployment's lines as they come. While paused, what comes is kept and shown on resuming. Lines stay when following
 * begins or ends, because a start continues the log of a stop; a component of its own (`key`) keeps deployments apart.
 */
export function useLogs({ id, isFollowing }: { id: string; isFollowing: boolean }) {
  const [newest, setNewest] = useState<LogBuffer>(EMPTY_LOG);
  const [frozen, setFrozen] = useState<LogBuffer | null>(null);
  const [state, setState] = useState<LogState>({ is: "connecting" });
  const received = useRef<LogBuffer>(EMPTY_LOG);

  useEffect(() => {
    const stop = new AbortController();
    let undrawn: LogLine[] = [];
    const take = (): LogBuffer => {
      received.current = appendLines(received.current, undrawn);
      undrawn = [];
      return received.current;
    };
    const timer = setInterval(() => setNewest(take()), DRAW_EVERY_MS);
    void followLogs({
      id,
      isFollowing,
      signal: stop.signal,
      onConnected: () => unseen(take(), TAIL_LINES),
      onLine: (line) => undrawn.push(line),
      onState: setState,
    });
    return () => {
      stop.abort();
      clearInterval(timer);
    };
  }, [id, isFollowing]);

  const shown = frozen ?? newest;
  return {
    buffer: shown,
    state,
    isPaused: frozen !== null,
    /** How many lines came since it was paused. */
    behind: newest.received - shown.received,
    pause: () => setFrozen(newest),
    resume: () => setFrozen(null),
  };
}
