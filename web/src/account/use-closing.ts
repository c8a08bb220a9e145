import { useQuery } from "@tanstack/react-query";
import { readAudit } from "../../../worker/contract/account.ts";
import { api } from "../api/client.ts";
import { meQuery } from "../api/queries.ts";
import { mayDo } from "../session/may.ts";
import { closingDate } from "./closing-date.ts";

/**
 * When a closing account is destroyed; null where nobody is told. Only the record has it, so members and viewers, who
 * may not read that, see no date.
 */
export function useClosing(): string | null {
  const { data: me } = useQuery(meQuery);
  const { data } = useQuery({
    queryKey: ["audit", "closing"],
    queryFn: ({ signal }) => api.call(readAudit, { query: { action: "account.closing", limit: 1 }, signal }),
    enabled: me?.account.status === "closing" && mayDo(me, readAudit),
  });
  return closingDate(data?.items ?? []);
}
