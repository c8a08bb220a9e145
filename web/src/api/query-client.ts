import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import { ApiProblem } from "../../../worker/contract/client.ts";
import { codeOf } from "./problem.ts";
import { meQuery } from "./queries.ts";

const TRIES_MAX = 2;
/** What is this fresh is not asked for again when one moves back and forth between pages. */
const FRESH_MS = 2_000;
/** Refusals that mean that what the page knows of its reader's permissions is old. */
const LESS_ALLOWED: ReadonlySet<string | null> = new Set(["access.denied", "account.suspended"]);

/** `onSignedOut` runs whenever any answer says that there is no session. */
export function makeQueryClient(onSignedOut: () => void): QueryClient {
  const onError = (error: unknown): void => {
    // A wrong password is a 401 too, and says something else.
    if (codeOf(error) === "auth.required") onSignedOut();
    if (LESS_ALLOWED.has(codeOf(error))) void client.invalidateQueries({ queryKey: meQuery.queryKey });
  };
  const client = new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: {
        staleTime: FRESH_MS,
        retry: (tries, error) => tries < TRIES_MAX && isWorthRetrying(error),
      },
    },
  });
  return client;
}

/** Asking again is for a service that stumbled and for a network that did; not for an answer we understood. */
const isWorthRetrying = (error: unknown): boolean =>
  error instanceof ApiProblem ? error.problem.status >= 500 : error instanceof TypeError;
