import type { Listener } from "../../../local/process/listen.ts";
import { listen } from "../../../local/process/listen.ts";

/** Stands before the local Fly and counts the calls that pass. Only used where nothing is timed. */
export async function startCountingProxy(target: string): Promise<Listener & { calls(): readonly string[] }> {
  const calls: string[] = [];
  const listener = await listen(async (request) => {
    const url = new URL(request.url);
    calls.push(`${request.method} ${url.pathname}`);
    const body = request.body === null ? null : await request.arrayBuffer();
    return fetch(`${target}${url.pathname}${url.search}`, {
      method: request.method,
      headers: request.headers,
      body,
    });
  }, 0);
  return { ...listener, calls: () => calls };
}
