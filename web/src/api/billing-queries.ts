import type { QueryClient } from "@tanstack/react-query";
import { queryOptions } from "@tanstack/react-query";
import type { Billing } from "../../../worker/contract/billing.ts";
import {
  listInvoices,
  previewPlan,
  readBilling,
  readBillingHistory,
  readSpendCap,
  refreshBilling,
} from "../../../worker/contract/billing.ts";
import type { PaidPlanId } from "../billing/standing.ts";
import { api } from "./client.ts";
import { meQuery } from "./queries.ts";

export const billingQuery = queryOptions({
  queryKey: ["billing"],
  queryFn: ({ signal }) => api.call(readBilling, { signal }),
});

export const invoicesQuery = queryOptions({
  queryKey: ["billing", "invoices"],
  queryFn: ({ signal }) => api.call(listInvoices, { signal }),
});

export const billingHistoryQuery = queryOptions({
  queryKey: ["billing", "history"],
  queryFn: ({ signal }) => api.call(readBillingHistory, { signal }),
});

export const extrasQuery = queryOptions({
  queryKey: ["billing", "extras"],
  queryFn: ({ signal }) => api.call(readSpendCap, { signal }),
});

/** It costs Stripe a calculation, and is true for a moment. */
export const previewQuery = (plan: PaidPlanId) =>
  queryOptions({
    queryKey: ["billing", "preview", plan],
    queryFn: ({ signal }) => api.call(previewPlan, { query: { plan }, signal }),
    staleTime: 0,
    gcTime: 0,
  });

/** Shows what the API has just answered; everything that hangs on it is asked for anew. */
export async function showBilling(client: QueryClient, billing: Billing): Promise<void> {
  client.setQueryData(billingQuery.queryKey, billing);
  await Promise.all(
    [meQuery.queryKey, invoicesQuery.queryKey, billingHistoryQuery.queryKey].map((queryKey) =>
      client.invalidateQueries({ queryKey }),
    ),
  );
}

/** Stripe's own word, now: what somebody did on its pages shows before any webhook has come. */
export const billingNewsQuery = (client: QueryClient) =>
  queryOptions({
    queryKey: ["billing", "news"],
    queryFn: async ({ signal }) => {
      const billing = await api.call(refreshBilling, { signal });
      await showBilling(client, billing);
      return billing;
    },
    gcTime: 0,
  });
