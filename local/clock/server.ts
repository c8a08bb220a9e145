import { readFile, writeFile } from "node:fs/promises";
import { Hono } from "hono";
import { z } from "zod";
import type { Listener } from "../process/listen.ts";
import { listen } from "../process/listen.ts";

/**
 * Product time on this computer: how far it is ahead of the real one. The Workers read it through their `CLOCK`
 * binding; tests move it with `POST /advance {ms}`. It survives a restart, because deadlines on disk do too.
 */
export type ProductClock = Listener & {
  /** Product time, epoch ms. */
  now(): number;
};

const advance = z.object({ ms: z.number().int().positive() });

export async function startClock(options: {
  file: string;
  port: number;
  /** Runs the sweep, which is what time passing would have done. */
  onAdvance(): Promise<void>;
}): Promise<ProductClock> {
  let offsetMs = await readOffset(options.file);
  const app = new Hono();
  app.get("/", (c) => c.json({ offsetMs, now: Date.now() + offsetMs }));
  app.post("/advance", async (c) => {
    const parsed = advance.safeParse(await c.req.json().catch(() => null));
    if (!parsed.success) return c.json({ error: "send {ms}: a positive whole number" }, 422);
    offsetMs += parsed.data.ms;
    await writeFile(options.file, JSON.stringify({ offsetMs }));
    const now = Date.now() + offsetMs;
    await options.onAdvance();
    return c.json({ now });
  });
  const listener = await listen((request) => app.fetch(request), options.port);
  return { ...listener, now: () => Date.now() + offsetMs };
}

async function readOffset(file: string): Promise<number> {
  try {
    return (JSON.parse(await readFile(file, "utf8")) as { offsetMs: number }).offsetMs; // Written above alone.
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return 0;
    throw error;
  }
}
