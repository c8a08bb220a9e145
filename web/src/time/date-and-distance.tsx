import { DAY_MS, SECOND_MS } from "./duration.ts";
import { formatDate, formatExact, formatRelative } from "./relative.ts";
import { useNow } from "./use-now.ts";

/** A day that matters: its date and how far away it is; to the second on hover. */
export function DateAndDistance({ at }: { at: string }) {
  const now = useNow(10 * SECOND_MS);
  const instant = Date.parse(at);
  // Further away its distance is its date.
  const isNear = Math.abs(instant - now) < 30 * DAY_MS;
  return (
    <time dateTime={at} title={formatExact(instant)}>
      {formatDate(instant)}
      {isNear ? `, ${formatRelative(instant, now)}` : ""}
    </time>
  );
}
