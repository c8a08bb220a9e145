import { useQuery } from "@tanstack/react-query";
import { meQuery } from "../api/queries.ts";
import type { Guarded } from "./may.ts";
import { mayDo } from "./may.ts";

/** Answers for each operation whether whoever is signed in may do it. */
export function useMay(): (operation: Guarded) => boolean {
  const { data: me } = useQuery(meQuery);
  return (operation) => mayDo(me, operation);
}
