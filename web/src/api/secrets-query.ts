import { queryOptions } from "@tanstack/react-query";
import { listSecrets } from "../../../worker/contract/secrets.ts";
import { api } from "./client.ts";

export const secretsQuery = (id: string) =>
  queryOptions({
    queryKey: ["deployments", "secrets", id],
    queryFn: ({ signal }) => api.call(listSecrets, { params: { id }, signal }),
  });
