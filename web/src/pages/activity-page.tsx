import { Button } from "@cloudflare/kumo";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useLocation, useSearch } from "wouter";
import { ActivityFilterBar } from "../activity/activity-filter.tsx";
import { ActivityList } from "../activity/activity-list.tsx";
import { DownloadMenu } from "../activity/download-menu.tsx";
import { foldAsked } from "../activity/fold.ts";
import { namesFrom } from "../activity/names.ts";
import { filterOf, queryOf, searchOf } from "../activity/search.ts";
import { auditQuery, membersQuery, tokensQuery } from "../api/account-queries.ts";
import { deploymentsQuery } from "../api/queries.ts";
import { Loading } from "../components/loading.tsx";
import { Panel } from "../components/panel.tsx";
import { Problem } from "../components/problem.tsx";
import { SectionTitle } from "../components/section-title.tsx";

/** What happened in the account, by whom and from where. */
export function ActivityPage() {
  const [path, navigate] = useLocation();
  const query = useSearch();
  const filter = filterOf(query);
  // A span ends when it was chosen, so that "older" goes on where the page ended.
  // oxlint-disable-next-line react/exhaustive-deps -- The filter is made anew from the query each time.
  const search = useMemo(() => searchOf(filterOf(query), Date.now()), [query]);
  const list = useInfiniteQuery(auditQuery(search));
  const names = useNames(list.data?.pages.flatMap(({ items }) => items) ?? []);
  const entries =
    list.data === undefined ? undefined : foldAsked(list.data.pages.flatMap(({ items }) => items));
  const isFiltered = queryOf(filter) !== "";
  return (
    <>
      <SectionTitle
        title="Activity"
        lead="The account’s record: who did what, when and from where. Nobody can change or remove an entry, not even we."
        aside={<DownloadMenu search={search} />}
      />
      <ActivityFilterBar
        filter={filter}
        onChange={(next) => navigate(`${path}${queryOf(next)}`, { replace: true })}
      />
      <Panel title="Entries" className="[&>header]:sr-only">
        {list.error === null ? null : (
          <Problem error={list.error} onRetry={() => void list.refetch()} className="p-5" />
        )}
        {entries === undefined && list.error === null ? (
          <Loading what="the record" lines={6} className="flex flex-col gap-4 p-5" />
        ) : null}
        {entries?.length === 0 ? (
          <p className="px-5 py-6 text-kumo-subtle">
            {isFiltered ? "Nothing of this kind happened then." : "Nothing has happened yet."}
          </p>
        ) : null}
        {entries === undefined ? null : <ActivityList entries={entries} names={names} />}
        {list.hasNextPage ? (
          <div className="px-5 py-3">
            <Button
              variant="ghost"
              size="sm"
              loading={list.isFetchingNextPage}
              onClick={() => void list.fetchNextPage()}
            >
              Show older
            </Button>
          </div>
        ) : null}
      </Panel>
    </>
  );
}

/** Whoever may read the record may read these too; until they have come, ids go by kind. */
function useNames(entries: Parameters<typeof namesFrom>[0]["entries"]) {
  const members = useQuery(membersQuery);
  const tokens = useQuery(tokensQuery);
  const deployments = useInfiniteQuery(deploymentsQuery);
  return namesFrom({
    members: members.data?.items ?? [],
    tokens: tokens.data?.items ?? [],
    deployments: deployments.data?.pages.flatMap(({ items }) => items) ?? [],
    entries,
  });
}
