import { z } from "zod";
import type { FleetApp, FleetMachine, FleetPage, FleetVolume } from "../../domain/fleet/inventory.ts";
import type { Outcome } from "../../domain/outcome.ts";
import { fromIso, toIso } from "../../platform/clock.ts";
import type { FlyTransport } from "./transport.ts";
import { callFly } from "./transport.ts";

/**
 * What Fly says of the whole organisation. The feeds are pages in the order of their last change, eventually consistent
 * ("point in time", superfly/docs machines/api): who follows one reads a little of the past again.
 */
const metadata = z.looseObject({ metadata: z.record(z.string(), z.string()).nullish() });

const machine = z
  .looseObject({
    id: z.string(),
    app_name: z.string(),
    state: z.string(),
    instance_id: z.string().nullish(),
    updated_at: z.string(),
    created_at: z.string(),
    config: metadata.nullish(),
    // Stands in while the host is away.
    incomplete_config: metadata.nullish(),
  })
  .transform((wire): FleetMachine => ({
    id: wire.id,
    app: wire.app_name,
    state: wire.state,
    instanceId: wire.instance_id ?? "",
    updatedAt: fromIso(wire.updated_at),
    createdAt: fromIso(wire.created_at),
    metadata: wire.config?.metadata ?? wire.incomplete_config?.metadata ?? {},
  }));

const volume = z
  .looseObject({
    id: z.string(),
    app_name: z.string(),
    name: z.string(),
    state: z.string(),
    attached_machine_id: z.string().nullish(),
    created_at: z.string(),
  })
  .transform((wire): FleetVolume => ({
    id: wire.id,
    app: wire.app_name,
    name: wire.name,
    state: wire.state,
    attachedTo: wire.attached_machine_id ?? null,
    createdAt: fromIso(wire.created_at),
  }));

const nextCursor = z
  .string()
  .nullish()
  .transform((cursor) => (cursor === undefined || cursor === null || cursor === "" ? null : cursor));

const PAGE_MAX = 1_000;

export function fleetClient(transport: FlyTransport, organization: string) {
  return {
    /** Machines changed after an instant (epoch ms; 0: all), one page. */
    machines: (updatedAfter: number, cursor: string | null): Promise<Outcome<FleetPage<FleetMachine>>> =>
      callFly(transport, {
        method: "GET",
        path: `/v1/orgs/${organization}/machines`,
        query: {
          limit: String(PAGE_MAX),
          ...(updatedAfter > 0 ? { updated_after: toIso(updatedAfter) } : {}),
          ...(cursor === null ? {} : { cursor }),
        },
        schema: z
          .looseObject({ machines: z.array(machine), next_cursor: nextCursor })
          .transform(({ machines, next_cursor }) => ({ items: machines, next: next_cursor })),
      }),

    volumes: (cursor: string | null): Promise<Outcome<FleetPage<FleetVolume>>> =>
      callFly(transport, {
        method: "GET",
        path: `/v1/orgs/${organization}/volumes`,
        query: { limit: String(PAGE_MAX), ...(cursor === null ? {} : { cursor }) },
        schema: z
          .looseObject({ volumes: z.array(volume), next_cursor: nextCursor })
          .transform(({ volumes, next_cursor }) => ({ items: volumes, next: next_cursor })),
      }),

    /** Not paged (superfly/docs machines/api/apps-resource). */
    apps: (): Promise<Outcome<readonly FleetApp[]>> =>
      callFly(transport, {
        method: "GET",
        path: "/v1/apps",
        query: { org_slug: organization },
        schema: z
          .looseObject({ apps: z.array(z.looseObject({ name: z.string() })) })
          .transform(({ apps }) => apps.map(({ name }): FleetApp => ({ name }))),
      }),
  };
}

export type FleetClient = ReturnType<typeof fleetClient>;
