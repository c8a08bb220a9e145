import { useCallback, useEffect, useRef, useState } from "react";
import type { LogLine } from "../../../worker/contract/deployments.ts";
import { logs, logLineSchema } from "../../../worker/contract/deployments.ts";
import { api } from "../api/client.ts";
import { reconnectDelayMs } from "../api/reconnect.ts";
import type { LogBuffer } from "./log-buffer.ts";
import { appendLines, EMPTY_LOG, unseen } from "./log-buffer.ts";
import { linesOf } from "./ndjson.ts";

export type LogState = "connecting" | "following" | "reconnecting" | "ended";

const TAIL_LINES = 100;
/** Lines arrive in bursts; drawing five times a second is smooth and cheap. */
const DRAW_EVERY_MS = 200;

type Options = {
  id: string;
  /** Whether there is anything to wait for; otherwise the tail is read once. */
  isFollowing: boolean;
};

/**
 * A deployment's lines as they come. The server ends a follow after some minutes and networks end it whenever they
 * like: the reader asks again and leaves out what it has. While paused, lines are kept and shown on resuming.
 */
export function useLogs({ id, isFollowing }: Options) {
  const [buffer, setBuffer] = useState<LogBuffer>(EMPTY_LOG);
  const [state, setState] = useState<LogState>("connecting");
  const [error, setError] = useState<unknown>(null);
  const [isPaused, setPaused] = useState(false);
  const [waiting, setWaiting] = useState(0);
  const received = useRef<LogBuffer>(EMPTY_LOG);

  useEffect(() => {
    received.current = EMPTY_LOG;
    setBuffer(EMPTY_LOG);
  }, [id]);

  useEffect(() => {
    const stop = new AbortController();
    void follow({
      id,
      isFollowing,
      signal: stop.signal,
      isNew: () => unseen(received.current, TAIL_LINES),
      onLine: (line) => {
        received.current = appendLines(received.current, [line]);
      },
      onState: (next, problem) => {
        setState(next);
        setError(problem);
      },
    });
    return () => stop.abort();
  }, [id, isFollowing]);

  useEffect(() => {
    const draw = () => {
      if (isPaused) setWaiting((shown) => shown + 0 * shown + 0);
      else setBuffer(received.current);
    };
    const timer = setInterval(draw, DRAW_EVERY_MS);
    return () => clearInterval(timer);
  }, [isPaused]);

  const togglePause = useCallback(() => setPaused((now) => !now), []);
  return { buffer, state, error, isPaused, waiting, togglePause };
}
