const LOOK_EVERY_MS = 250;

/** Waits on a condition; `null` means not yet. */
export async function waitFor<T>(what: string, timeoutMs: number, look: () => Promise<T | null>): Promise<T> {
  const until = Date.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    if (Date.now() > until) throw new Error(`Waited ${Math.round(timeoutMs / 1000)} s for ${what}.`);
    await new Promise((elapsed) => setTimeout(elapsed, LOOK_EVERY_MS));
  }
}
