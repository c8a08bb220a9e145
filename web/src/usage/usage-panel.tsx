import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { usageQuery } from "../api/usage-queries.ts";
import { Loading } from "../components/loading.tsx";
import { Panel } from "../components/panel.tsx";
import { Problem } from "../components/problem.tsx";
import { UsageChart } from "./usage-chart.tsx";
import { extraWords, formatHours } from "./words.ts";

/** What a deployment used this month, and what that adds to the bill. */
export function UsagePanel({ id }: { id: string }) {
  const { data: usage, error, refetch } = useQuery(usageQuery(id));
  return (
    <Panel title="Usage" aside={<span className="text-sm text-kumo-subtle">This month</span>}>
      {error === null ? null : <Problem error={error} onRetry={() => void refetch()} className="p-5" />}
      {usage === undefined ? (
        error === null ? (
          <Loading what="usage" lines={3} className="flex flex-col gap-3 p-5" />
        ) : null
      ) : (
        <div className="flex flex-col gap-4 px-5 py-4">
          <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-6 gap-y-1.5 text-sm leading-5">
            {usage.machines.length === 0 ? <Fact term="Machine">0 h</Fact> : null}
            {usage.machines.map(({ size, seconds }) => (
              <Fact key={size} term="Machine">
                {formatHours(seconds)} <span className="text-kumo-subtle">of {size}</span>
              </Fact>
            ))}
            <Fact term="Disk">{formatHours(usage.diskGbSeconds, "GB-hours")}</Fact>
            <Fact term="Beyond the plan">{extraWords(usage) ?? "Nothing"}</Fact>
          </dl>
          <UsageChart days={usage.days} />
        </div>
      )}
    </Panel>
  );
}

function Fact({ term, children }: { term: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-kumo-subtle">{term}</dt>
      <dd className="min-w-0 text-kumo-default tabular-nums">{children}</dd>
    </>
  );
}
