import { request } from "node:http";
import type { RequestOptions } from "node:http";

/** One look whether a gateway serves: the path of its own probe, or a call that needs the whole of it. */
export type ProbeRequest = { path: string } | { password: string };

const PROBE_TIMEOUT_MS = 5_000;

export function probeGateway(port: number, how: ProbeRequest): Promise<boolean> {
  const body = "path" in how ? null : JSON.stringify({ tool: "sessions_list", args: {} });
  const options: RequestOptions =
    "path" in how
      ? { method: "GET", path: how.path }
      : {
          method: "POST",
          path: "/tools/invoke",
          headers: { "content-type": "application/json", authorization: `Bearer ${how.password}` },
        };
  return new Promise((resolve) => {
    const call = request(
      { ...options, host: "127.0.0.1", port, agent: false, signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) },
      (response) => {
        resolve(response.statusCode === 200);
        response.destroy();
      },
    );
    call.once("error", () => resolve(false));
    call.end(body ?? undefined);
  });
}

/** Strangers may ask as often as they like: the gateway is asked once in this time. */
const REMEMBER_MS = 250;

/** Asks at most once at a time, and not again at once. */
export function calm(ask: () => Promise<boolean>, now: () => number): () => Promise<boolean> {
  let last: { answer: Promise<boolean>; at: number | null } | null = null;
  return () => {
    if (last !== null && (last.at === null || now() - last.at < REMEMBER_MS)) return last.answer;
    const asked: { answer: Promise<boolean>; at: number | null } = { answer: ask(), at: null };
    void asked.answer.finally(() => (asked.at = now()));
    last = asked;
    return asked.answer;
  };
}
