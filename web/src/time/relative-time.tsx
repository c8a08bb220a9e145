import { SECOND_MS } from "./duration.ts";
import { formatExact, formatRelative } from "./relative.ts";
import { useNow } from "./use-now.ts";

/** An instant in relative words; the exact one shows on hover. */
export function RelativeTime({ at, className }: { at: string; className?: string }) {
  const now = useNow(10 * SECOND_MS);
  const instant = Date.parse(at);
  return (
    <time dateTime={at} title={formatExact(instant)} className={className}>
      {formatRelative(instant, now)}
    </time>
  );
}
