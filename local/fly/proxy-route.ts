import type { IncomingHttpHeaders } from "node:http";
import type { Cloud } from "./cloud.ts";
import type { App, Machine } from "./entities.ts";
import { FlyError } from "./errors.ts";
import type { ServiceConfig } from "./machine-config.ts";

/** What Fly Proxy says instead of an answer of the machine. */
export class ProxyError extends Error {
  readonly status: 404 | 502 | 503;

  constructor(status: 404 | 502 | 503, message: string) {
    super(message);
    this.name = "ProxyError";
    this.status = status;
  }
}

export type Route = { app: App; machine: Machine; service: ServiceConfig };

/**
 * The machine a request is for: of the app its Host names (`<app>.fly.dev`, `<app>.localhost`), or the one named in
 * `fly-force-instance-id`, which alone is enough because machine ids are unique. An app without an IP address and a
 * machine without a service can't be reached (superfly/docs machines/api, "Notes on networking").
 */
export function findRoute(cloud: Cloud, headers: IncomingHttpHeaders): Route {
  const forced = single(headers["fly-force-instance-id"]);
  const named = cloud.store.apps.get((headers.host ?? "").split(":")[0]?.split(".")[0] ?? "");
  const wanted = forced === undefined ? undefined : cloud.machines.get(forced);
  if (forced !== undefined && (wanted === undefined || wanted.state === "destroyed")) {
    throw new ProxyError(404, `no machine ${forced}`);
  }
  const app = named ?? (wanted === undefined ? undefined : cloud.store.apps.get(wanted.app));
  if (app === undefined) throw new ProxyError(404, "no app of this name");
  if (wanted !== undefined && wanted.appId !== app.id)
    throw new ProxyError(404, `no machine ${wanted.id} in this app`);
  if ((cloud.store.ips.get(app.name) ?? []).length === 0)
    throw new ProxyError(502, "the app has no IP address");
  const candidates = (wanted === undefined ? cloud.machines.ofApp(app) : [wanted])
    .filter((machine) => !machine.cordoned && machine.state !== "destroyed" && machine.state !== "destroying")
    .flatMap((machine) => {
      const service = servingOf(machine);
      return service === undefined ? [] : [{ app, machine, service }];
    });
  const route = candidates.find(({ machine }) => machine.state === "started") ?? candidates[0];
  if (route === undefined) throw new ProxyError(502, "no machine of the app has a service");
  return route;
}

/** The service that listens where browsers do; without one the first. */
function servingOf(machine: Machine): ServiceConfig | undefined {
  const services = machine.config.services ?? [];
  const isWeb = (service: ServiceConfig) =>
    (service.ports ?? []).some(({ port }) => port === 443 || port === 80);
  return services.find(isWeb) ?? services[0];
}

/**
 * Starts a machine that is down, as Fly Proxy does when a request comes for it. `autostart: false` is respected
 * strictly; on Fly it is only a hint where the app has one machine, and a request may wake it all the same
 * (Kilo-Org/cloud #3219), so a caller that wants a machine to stay down has to refuse the request itself.
 */
export async function wake(cloud: Cloud, { machine, service }: Route, timeoutMs: number): Promise<boolean> {
  if (machine.state === "started") return false;
  // One that somebody is starting already, its image perhaps still being pulled, is only waited for.
  if (machine.desired === "stopped") {
    if (service.autostart === false) throw new ProxyError(503, `machine ${machine.id} is not started`);
    try {
      cloud.leases.guard(machine, undefined);
      cloud.lifecycle.start(machine, "flyd");
    } catch (error) {
      if (error instanceof FlyError)
        throw new ProxyError(503, `failed to change machine state: ${error.message}`);
      throw error;
    }
  }
  await untilStarted(cloud, machine.id, timeoutMs);
  return true;
}

function untilStarted(cloud: Cloud, id: string, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error?: ProxyError) => {
      unsubscribe();
      clearTimeout(timer);
      if (error === undefined) resolve();
      else reject(error);
    };
    const look = () => {
      const machine = cloud.machines.get(id);
      if (machine?.state === "started") settle();
      else if (machine?.desired !== "started") {
        settle(
          new ProxyError(503, `machine ${id} did not start, currently ${machine?.state ?? "destroyed"}`),
        );
      }
    };
    const unsubscribe = cloud.machines.onChange(id, look);
    const timer = setTimeout(
      () => settle(new ProxyError(503, `machine ${id} did not start in time`)),
      timeoutMs,
    ).unref();
    look();
  });
}

function single(value: string | string[] | undefined): string | undefined {
  const first = Array.isArray(value) ? value[0] : value;
  return first === "" ? undefined : first;
}
