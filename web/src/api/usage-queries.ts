import { queryOptions } from "@tanstack/react-query";
import { readUsage } from "../../../worker/contract/usage.ts";
import { api } from "./client.ts";

/** It grows by the second; nobody needs to see it do so. */
const FRESH_MS = 60_000;

export const usageQuery = (id: string) =>
  queryOptions({
    queryKey: ["deployments", "usage", id],
    queryFn: ({ signal }) => api.call(readUsage, { params: { id }, signal }),
    staleTime: FRESH_MS,
  });
