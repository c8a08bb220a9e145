import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { readAudit } from "../../../worker/contract/account.ts";
import { listInvitations, listMembers } from "../../../worker/contract/members.ts";
import { listPasskeys, listSessions } from "../../../worker/contract/security.ts";
import { listTokens } from "../../../worker/contract/tokens.ts";
import { api } from "./client.ts";

export const passkeysQuery = queryOptions({
  queryKey: ["passkeys"],
  queryFn: ({ signal }) => api.call(listPasskeys, { signal }),
});

export const sessionsQuery = queryOptions({
  queryKey: ["sessions"],
  queryFn: ({ signal }) => api.call(listSessions, { signal }),
});

export const membersQuery = queryOptions({
  queryKey: ["members"],
  queryFn: ({ signal }) => api.call(listMembers, { signal }),
});

export const invitationsQuery = queryOptions({
  queryKey: ["invitations"],
  queryFn: ({ signal }) => api.call(listInvitations, { signal }),
});

export const tokensQuery = queryOptions({
  queryKey: ["tokens"],
  queryFn: ({ signal }) => api.call(listTokens, { signal }),
});

/** What the record is asked for, as the API's own words. */
export type AuditSearch = { action?: string; from?: string; to?: string };

const AUDIT_PAGE = 50;

export const auditQuery = (search: AuditSearch) =>
  infiniteQueryOptions({
    queryKey: ["audit", search],
    queryFn: ({ pageParam, signal }) =>
      api.call(readAudit, {
        query: { ...search, limit: AUDIT_PAGE, ...(pageParam === null ? {} : { cursor: pageParam }) },
        signal,
      }),
    initialPageParam: null as string | null, // The literal alone would be typed `null`.
    getNextPageParam: (page) => page.nextCursor,
  });
