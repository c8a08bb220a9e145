import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { Deployment } from "../../../worker/contract/deployments.ts";
import { listedDeployment } from "../api/listed.ts";
import type { LiveState } from "../api/live-socket.ts";
import { watchDeployment } from "../api/live-socket.ts";
import { liveUrl } from "../api/live-url.ts";
import { deploymentQuery, eventsKey, showSnapshot } from "../api/queries.ts";

/** How often a deployment is asked for while its socket is down. */
const POLL_MS = 3_000;

/** A deployment that keeps itself current: pushed while the socket stands, polled while it doesn't. */
export function useLiveDeployment(id: string) {
  const client = useQueryClient();
  const [live, setLive] = useState<LiveState>("connecting");
  const query = useQuery({
    ...deploymentQuery(client, id),
    placeholderData: () => listedDeployment(client, id),
    refetchInterval: live === "live" ? false : POLL_MS,
  });

  // Not `isSuccess`: a poll that fails must not close the socket of a deployment that is there.
  const exists = query.data !== undefined && !query.isPlaceholderData;
  useEffect(() => {
    if (!exists) return undefined;
    return watchDeployment({
      url: liveUrl(id),
      onState: setLive,
      onSnapshot: (snapshot) => showSnapshot(client, snapshot),
    });
  }, [client, exists, id]);

  const mark = query.data === undefined ? null : newsMark(query.data);
  useEffect(() => {
    if (mark !== null) void client.invalidateQueries({ queryKey: eventsKey(id) });
  }, [client, id, mark]);

  return { query, live };
}

/** Changes whenever the timeline has a new line. */
const newsMark = ({ generation, observedGeneration, phase, step, reason }: Deployment): string =>
  JSON.stringify([generation, observedGeneration, phase, step?.name, step?.startedAt, reason]);
