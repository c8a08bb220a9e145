import { useQueryClient } from "@tanstack/react-query";
import { useLocation } from "wouter";
import { meQuery } from "../api/queries.ts";
import { tellOtherTabs } from "./other-tabs.ts";

/** Goes in once the API has opened a session. Whatever an earlier one has left is not this one's. */
export function useEnter(next: string): () => Promise<void> {
  const client = useQueryClient();
  const [, navigate] = useLocation();
  return async () => {
    tellOtherTabs();
    client.clear();
    await client.fetchQuery(meQuery);
    navigate(next, { replace: true });
  };
}
