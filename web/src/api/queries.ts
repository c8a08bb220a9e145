import type { QueryClient } from "@tanstack/react-query";
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { me } from "../../../worker/contract/auth.ts";
import { catalog } from "../../../worker/contract/catalog.ts";
import type { Deployment } from "../../../worker/contract/deployments.ts";
import { events, get, listAll } from "../../../worker/contract/deployments.ts";
import { api } from "./client.ts";
import { newestOf } from "./newest.ts";

const MINUTE_MS = 60_000;

export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: ({ signal }) => api.call(me, { signal }),
  staleTime: MINUTE_MS,
});

export const catalogQuery = queryOptions({
  queryKey: ["catalog"],
  queryFn: ({ signal }) => api.call(catalog, { signal }),
  staleTime: 10 * MINUTE_MS,
});

export const deploymentsQuery = infiniteQueryOptions({
  queryKey: ["deployments", "list"],
  queryFn: ({ pageParam, signal }) =>
    api.call(listAll, { query: pageParam === null ? {} : { cursor: pageParam }, signal }),
  initialPageParam: null as string | null, // The literal alone would be typed `null`.
  getNextPageParam: (page) => page.nextCursor,
});

export const deploymentKey = (id: string) => ["deployments", "one", id] as const;

/** An answer never replaces a newer snapshot that a push or a change has brought meanwhile. */
export const deploymentQuery = (client: QueryClient, id: string) =>
  queryOptions({
    queryKey: deploymentKey(id),
    queryFn: async ({ signal }) => {
      const arrived = await api.call(get, { params: { id }, signal });
      return newestOf(client.getQueryData<Deployment>(deploymentKey(id)), arrived);
    },
  });

export const showSnapshot = (client: QueryClient, arrived: Deployment): void => {
  client.setQueryData<Deployment>(deploymentKey(arrived.id), (shown) => newestOf(shown, arrived));
};

export const eventsKey = (id: string) => ["deployments", "events", id] as const;

export const eventsQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: eventsKey(id),
    queryFn: ({ pageParam, signal }) =>
      api.call(events, {
        params: { id },
        query: pageParam === null ? {} : { cursor: pageParam },
        signal,
      }),
    initialPageParam: null as string | null, // The literal alone would be typed `null`.
    getNextPageParam: (page) => page.nextCursor,
  });
