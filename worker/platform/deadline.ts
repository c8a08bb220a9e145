/**
 * Gives work a signal that aborts after a time, or when another does, and takes the timer away when the work ends.
 * `AbortSignal.timeout` would leave it running, and a pending timer keeps a Durable Object awake: it can neither
 * hibernate nor be evicted until then, and its duration is billed (seen here: eviction waited for 30 s).
 */
export async function withDeadline<T>(
  timeoutMs: number,
  outer: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  const timer = setTimeout(abort, timeoutMs);
  if (outer?.aborted === true) abort();
  outer?.addEventListener("abort", abort, { once: true });
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
    outer?.removeEventListener("abort", abort);
  }
}
