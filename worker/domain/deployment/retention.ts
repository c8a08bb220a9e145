import { DAY_MS } from "../../platform/clock.ts";
import type { State } from "./state.ts";

/** Until when a deleted deployment's volume is kept; the moment of deletion itself when there is nothing to keep. */
export function retainUntil({ spec, status }: State, deletedAt: number): number {
  if (spec.purge || status.volume.is === "absent") return deletedAt;
  return deletedAt + spec.retentionDays * DAY_MS;
}
