import type { AuditEntry } from "../../../worker/contract/account.ts";
import { MINUTE_MS } from "../time/duration.ts";
import { useNow } from "../time/use-now.ts";
import { byDay } from "./days.ts";
import { EntryRow } from "./entry-row.tsx";
import type { Names } from "./names.ts";

type Props = { entries: readonly AuditEntry[]; names: Names };

/** Entries under their days, newest first. */
export function ActivityList({ entries, names }: Props) {
  const now = useNow(MINUTE_MS);
  return byDay(entries, now).map(({ day, entries: ofDay }) => (
    <section key={day} aria-label={day} className="border-b border-kumo-hairline last:border-b-0">
      <h3 className="border-b border-kumo-hairline bg-kumo-elevated px-5 py-1.5 text-sm font-medium text-kumo-default">
        {day}
      </h3>
      <ul className="divide-y divide-kumo-hairline">
        {ofDay.map((entry) => (
          <EntryRow key={entry.id} entry={entry} names={names} />
        ))}
      </ul>
    </section>
  ));
}
