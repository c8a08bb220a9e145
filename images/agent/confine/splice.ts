import type { Socket } from "node:net";
import { pipeline } from "node:stream/promises";

/**
 * Passes on what two connections say to each other, each half closing by itself, until both have said everything or
 * one of them broke; then both are gone. Never rejects.
 */
export async function splice(one: Socket, other: Socket): Promise<void> {
  // A stream that was destroyed while the other still had something to hand on would cut the end off.
  await Promise.allSettled([pipeline(one, other), pipeline(other, one)]);
  one.destroy();
  other.destroy();
}
