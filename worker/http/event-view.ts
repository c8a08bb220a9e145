import type { TimelineEvent } from "../domain/deployment/moves.ts";
import { toIso } from "../platform/clock.ts";

/** A line of the timeline as the API shows it. */
export const eventView = ({ seq, at, ...event }: TimelineEvent & { seq: number }) => ({
  id: String(seq),
  at: toIso(at),
  ...event,
});
