import { STRAYS_SHOWN } from "../contract/admin.ts";
import { toIso, toIsoOrNull } from "../platform/clock.ts";
import type { StrayReport } from "../usecases/operate.ts";

/** The reaper's report as the API shows it. */
export const strayReportView = ({ lastRun, items }: StrayReport) => ({
  lastRun: lastRun === null ? null : { ...lastRun, at: toIso(lastRun.at) },
  items: items.slice(0, STRAYS_SHOWN).map((stray) => ({
    ...stray,
    firstSeenAt: toIso(stray.firstSeenAt),
    lastSeenAt: toIso(stray.lastSeenAt),
    quarantinedAt: toIsoOrNull(stray.quarantinedAt),
  })),
});
