import type { Usage } from "../../../worker/contract/usage.ts";
import { barsOf, chartWords, firstAndLast } from "./words.ts";

/** What little is there must be seen. */
const LEAST_PERCENT = 4;

/** How long it ran on each of the last days; the sentence says the same to those who can't see it. */
export function UsageChart({ days }: { days: Usage["days"] }) {
  const [first, last] = firstAndLast(days);
  return (
    <figure>
      <p className="sr-only">{chartWords(days)}</p>
      <div aria-hidden="true" className="flex h-16 items-end gap-px sm:gap-0.5">
        {barsOf(days).map(({ day, label, height }) => (
          <span key={day} title={label} className="flex h-full flex-1 items-end rounded-xs bg-kumo-tint">
            <span
              className="w-full rounded-xs bg-kumo-info"
              style={{ height: height === 0 ? 0 : `${Math.max(LEAST_PERCENT, height * 100)}%` }}
            />
          </span>
        ))}
      </div>
      <figcaption className="mt-1.5 flex justify-between text-xs text-kumo-subtle">
        <span>{first}</span>
        <span>Hours it ran, by day</span>
        <span>{last}</span>
      </figcaption>
    </figure>
  );
}
