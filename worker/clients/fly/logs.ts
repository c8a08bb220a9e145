import { z } from "zod";
import type { Outcome } from "../../domain/outcome.ts";
import type { FlyTransport } from "./transport.ts";
import { callFly } from "./transport.ts";

export type LogLine = { at: string; level: string; message: string };
export type LogPage = { lines: readonly LogLine[]; nextToken: string | null };

const page = z
  .looseObject({
    data: z.array(
      z.looseObject({
        attributes: z.looseObject({
          timestamp: z.string(),
          message: z.string(),
          level: z.string().nullish(),
        }),
      }),
    ),
    meta: z.looseObject({ next_token: z.union([z.string(), z.number()]).nullish() }).nullish(),
  })
  .transform(({ data, meta }): LogPage => ({
    lines: data.map(({ attributes }) => ({
      at: attributes.timestamp,
      level: attributes.level ?? "info",
      message: attributes.message,
    })),
    nextToken: meta?.next_token === undefined || meta.next_token === null ? null : String(meta.next_token),
  }));

/**
 * Fly's log API: undocumented, but what `flyctl logs` polls (`superfly/flyctl` logs/). Without a token it answers the
 * last 100 lines; with one, what came after. It lives on another host than the machines API.
 */
export const readLogs = (
  transport: FlyTransport,
  app: string,
  nextToken: string | null,
): Promise<Outcome<LogPage>> =>
  callFly(transport, {
    method: "GET",
    path: `/api/v1/apps/${app}/logs`,
    ...(nextToken === null ? {} : { query: { next_token: nextToken } }),
    schema: page,
  });
