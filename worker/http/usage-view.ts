import type { AccountUsage, Usage } from "../contract/usage.ts";
import type { MonthsUsage, Window } from "../domain/usage.ts";
import { toIso } from "../platform/clock.ts";
import type { AccountUsageView, UsageView } from "../usecases/read-usage.ts";

/** What was used, as the API shows it. */
export const usageView = ({ month, used, days }: UsageView): Usage => ({
  ...window(month),
  ...wire(used),
  days: days.map(({ day, ...sums }) => ({ day: toIso(day), ...sums })),
});

export const accountUsageView = (
  { month, total, deployments }: AccountUsageView,
  max: number,
): AccountUsage => ({
  ...window(month),
  ...total,
  deployments: deployments.slice(0, max).map(({ id, name, used }) => ({ id, name, ...wire(used) })),
});

const window = ({ from, to }: Window) => ({ from: toIso(from), to: toIso(to) });

/** Nothing counts what leaves a machine yet. */
const wire = ({ machines, ...sums }: MonthsUsage) => ({
  ...sums,
  machines: [...machines],
  egressBytes: null,
});
