import { useQuery } from "@tanstack/react-query";
import { membersQuery } from "../api/account-queries.ts";
import { billingHistoryQuery } from "../api/billing-queries.ts";
import { FirstFew } from "../components/first-few.tsx";
import { Loading } from "../components/loading.tsx";
import { Panel } from "../components/panel.tsx";
import { Problem } from "../components/problem.tsx";
import { Row } from "../components/rows.tsx";
import { RelativeTime } from "../time/relative-time.tsx";
import { formatDate } from "../time/relative.ts";
import { actorWords, changeWords } from "./history-words.ts";

const SHOWN_FIRST = 8;

/** How the plan came to be what it is. */
export function HistoryPanel() {
  const { data, error, refetch } = useQuery(billingHistoryQuery);
  const members = useQuery(membersQuery);
  const emailOf = (userId: string): string | null =>
    members.data?.items.find((member) => member.userId === userId)?.email ?? null;
  const items = data?.items ?? [];
  return (
    <Panel title="History">
      {error === null ? null : <Problem error={error} onRetry={() => void refetch()} className="p-5" />}
      {data === undefined ? (
        error === null ? (
          <Loading what="the history" lines={2} className="flex flex-col gap-3 p-5" />
        ) : null
      ) : items.length === 0 ? (
        <p className="px-5 py-4 text-sm leading-5 text-kumo-subtle">Nothing has changed so far.</p>
      ) : (
        <FirstFew label="History" few={SHOWN_FIRST}>
          {items.map((item, index) => (
            <Row
              // oxlint-disable-next-line react/no-array-index-key -- Several changes may share an instant; rows hold no state.
              key={`${item.at} ${items.length - index}`}
              className="py-2.5"
              title={<span className="font-normal">{changeWords(item, formatDate)}</span>}
              text={
                <>
                  <RelativeTime at={item.at} />, {actorWords(item.actor, emailOf)}
                </>
              }
            />
          ))}
        </FirstFew>
      )}
    </Panel>
  );
}
