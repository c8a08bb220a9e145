import type { QueryClient } from "@tanstack/react-query";
import type { Deployment } from "../../../worker/contract/deployments.ts";
import { deploymentsQuery } from "./queries.ts";

/** A deployment as the list has shown it; undefined when the list hasn't been opened or hasn't got that far. */
export const listedDeployment = (client: QueryClient, id: string): Deployment | undefined =>
  client
    .getQueryData(deploymentsQuery.queryKey)
    ?.pages.flatMap(({ items }) => items)
    .find((each) => each.id === id);
