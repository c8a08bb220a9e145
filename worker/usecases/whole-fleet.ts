import type { FleetClient } from "../clients/fly/fleet.ts";
import { fleetClient } from "../clients/fly/fleet.ts";
import type { Fly } from "../clients/fly/fly.ts";
import { flyClient } from "../clients/fly/fly.ts";
import type { FlyTransport } from "../clients/fly/transport.ts";
import type { Config } from "../env.ts";

export type WholeFleet = { fleet: FleetClient; fly: Fly };

/** Fly as the reaper sees it: what is nobody's has no object that could act on it. Nothing else in the Worker calls Fly. */
export function wholeFleet({ FLY_API_BASE, FLY_API_TOKEN, FLY_ORG }: Config): WholeFleet {
  const transport: FlyTransport = {
    fetch: (input, init) => fetch(input, init),
    baseUrl: FLY_API_BASE,
    token: FLY_API_TOKEN,
  };
  return { fleet: fleetClient(transport, FLY_ORG), fly: flyClient(transport) };
}
