import type { Cloud } from "./cloud.ts";
import type { Machine } from "./entities.ts";

/** Events shown inside a machine; `GET …/events` gives more. */
const EVENTS_SHOWN = 20;

/** A machine as the API answers it (facts/fly.md section 2, "Machine object"). */
export function machineView(cloud: Cloud, machine: Machine): Record<string, unknown> {
  return {
    ...summaryView(machine),
    config: machine.config,
    events: cloud.machines.events(machine.id).slice(0, EVENTS_SHOWN),
    checks: checksView(cloud, machine),
    host_status: "ok",
    cordoned: machine.cordoned,
  };
}

/** What `?summary=true` leaves of it. */
export function summaryView(machine: Machine): Record<string, unknown> {
  return {
    id: machine.id,
    name: machine.name,
    state: machine.state,
    region: machine.region,
    image_ref: machine.imageRef,
    // `version` is the newer name of the same thing; fly-go reads both.
    instance_id: machine.instanceId,
    version: machine.instanceId,
    private_ip: machine.privateIp,
    created_at: seconds(machine.createdAt),
    updated_at: seconds(machine.updatedAt),
  };
}

/** A machine in the organization's feed: `main.OrgMachine` of the published spec. */
export function orgMachineView(machine: Machine): Record<string, unknown> {
  const { guest, image, metadata } = machine.config;
  return {
    app_name: machine.app,
    id: machine.id,
    name: machine.name,
    state: machine.state,
    region: machine.region,
    instance_id: machine.instanceId,
    version: machine.instanceId,
    private_ip: machine.privateIp,
    config: { guest, image, metadata: metadata ?? {} },
    created_at: new Date(machine.createdAt).toISOString(),
    // The feed is paged by this instant, so it isn't cut to seconds.
    updated_at: new Date(machine.updatedAt).toISOString(),
  };
}

function checksView(cloud: Cloud, machine: Machine): Record<string, unknown>[] {
  return cloud.driver.checksOf(machine.id).map((check) => ({
    name: check.name,
    status: check.status,
    output: check.output,
    updated_at: new Date(check.updatedAt).toISOString(),
  }));
}

/** RFC 3339 to the second, as in the docs' samples of machines. */
function seconds(at: number): string {
  return new Date(at).toISOString().replace(/\.\d+Z$/, "Z");
}
