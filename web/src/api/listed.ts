import type { QueryClient } from "@tanstack/react-query";
import type { Deployment } from "../../../worker/contract/deployments.ts";
import { deploymentsQuery } from "./queries.ts";

/** Every deployment of the pages the list has loaded so far; undefined when it hasn't been opened. */
export const listedDeployments = (client: QueryClient): readonly Deployment[] | undefined =>
  client.getQueryData(deploymentsQuery.queryKey)?.pages.flatMap(({ items }) => items);

export const listedDeployment = (client: QueryClient, id: string): Deployment | undefined =>
  listedDeployments(client)?.find((each) => each.id === id);
