import { Button, cn } from "@cloudflare/kumo";
import type { UseInfiniteQueryResult } from "@tanstack/react-query";
import type { DeploymentEvent } from "../../../worker/contract/deployments.ts";
import { Loading } from "../components/loading.tsx";
import { Panel } from "../components/panel.tsx";
import { Problem } from "../components/problem.tsx";
import { formatDuration } from "../time/duration.ts";
import { RelativeTime } from "../time/relative-time.tsx";

type Timeline = Pick<
  UseInfiniteQueryResult<{ pages: readonly { items: readonly DeploymentEvent[] }[] }>,
  "data" | "error" | "refetch" | "hasNextPage" | "fetchNextPage" | "isFetchingNextPage"
>;

/** Everything that has happened, newest first. */
export function ActivityPanel({ timeline }: { timeline: Timeline }) {
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = timeline;
  const events = data?.pages.flatMap(({ items }) => items);
  return (
    <Panel title="Activity">
      {error === null ? null : <Problem error={error} onRetry={() => void refetch()} className="p-5" />}
      {events === undefined && error === null ? (
        <Loading what="activity" lines={4} className="flex flex-col gap-4 p-5" />
      ) : null}
      {events?.length === 0 ? <p className="p-5 text-kumo-subtle">Nothing has happened yet.</p> : null}
      {events === undefined || events.length === 0 ? null : (
        <ul className="flex flex-col gap-3 px-5 py-4">
          {events.map((event) => (
            <EventRow key={event.id} event={event} />
          ))}
        </ul>
      )}
      {hasNextPage ? (
        <div className="border-t border-kumo-hairline px-5 py-3">
          <Button variant="ghost" size="sm" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            Show older
          </Button>
        </div>
      ) : null}
    </Panel>
  );
}

const DOTS: Record<DeploymentEvent["state"], string> = {
  done: "bg-kumo-success",
  failed: "bg-kumo-danger",
  progress: "bg-kumo-info",
  note: "bg-kumo-interact",
};

function EventRow({ event }: { event: DeploymentEvent }) {
  return (
    <li className="grid grid-cols-[auto_minmax(0,1fr)_auto] items-baseline gap-x-3">
      <span
        aria-hidden="true"
        className={cn("mx-[7px] size-1.5 -translate-y-0.5 rounded-full", DOTS[event.state])}
      />
      <span
        className={cn("break-words", event.state === "failed" ? "text-kumo-danger" : "text-kumo-default")}
      >
        {event.message}
        {event.durationMs === null || event.durationMs === 0 ? null : (
          <span className="ml-2 text-sm whitespace-nowrap text-kumo-subtle tabular-nums">
            {formatDuration(event.durationMs)}
          </span>
        )}
      </span>
      <RelativeTime at={event.at} className="text-sm whitespace-nowrap text-kumo-subtle tabular-nums" />
    </li>
  );
}
