import { z } from "zod";
import type { MachineSeen } from "../../domain/deployment/moves.ts";
import type { Outcome } from "../../domain/outcome.ts";
import { machineSchema } from "./machine.ts";
import type { FlyTransport } from "./transport.ts";
import { callFly, nothing } from "./transport.ts";

/** A volume as we need it. */
export type FlyVolume = { id: string; name: string; state: string; region: string; sizeGb: number };

/** `conflict` from `waitForMachine` means "not yet". */
export type Fly = ReturnType<typeof flyClient>;

const app = z.looseObject({ organization: z.looseObject({ slug: z.string() }) });

const volume = z
  .looseObject({
    id: z.string(),
    name: z.string(),
    state: z.string(),
    region: z.string(),
    size_gb: z.number(),
  })
  .transform(({ id, name, state, region, size_gb }): FlyVolume => ({
    id,
    name,
    state,
    region,
    sizeGb: size_gb,
  }));

const ipAssignment = z.looseObject({ ip: z.string() });
const secretsAnswer = z.looseObject({ version: z.number() });

/** Fly holds a wait for at most 60 s; the answer needs a moment more than that to arrive. */
const WAIT_SLACK_MS = 5_000;

/**
 * The Machines API calls a deployment's object makes. Each answers an `Outcome` and never throws.
 * Paths, bodies and names are Fly's (`superfly/docs` machines/api, OpenAPI of 2026-05).
 */
export function flyClient(transport: FlyTransport) {
  const call = <T>(request: Parameters<typeof callFly<T>>[1]): Promise<Outcome<T>> =>
    callFly(transport, request);
  const machines = (name: string): string => `/v1/apps/${name}/machines`;

  return {
    createApp: (name: string, organization: string, network: string) =>
      call({
        method: "POST",
        path: "/v1/apps",
        body: { app_name: name, org_slug: organization, network },
        schema: nothing,
      }),

    getApp: (name: string) =>
      call({
        method: "GET",
        path: `/v1/apps/${name}`,
        schema: app.transform(({ organization }) => ({ organization: organization.slug })),
      }),

    /** Cascades to machines and volumes; answered before it is done. */
    deleteApp: (name: string) =>
      call({ method: "DELETE", path: `/v1/apps/${name}`, query: { force: "true" }, schema: nothing }),

    /** Without an address an app can't be reached from outside; the shared one is free. */
    assignSharedIp: (name: string) =>
      call({
        method: "POST",
        path: `/v1/apps/${name}/ip_assignments`,
        body: { type: "shared_v4" },
        schema: ipAssignment.transform(({ ip }) => ({ address: ip })),
      }),

    listIps: (name: string) =>
      call({
        method: "GET",
        path: `/v1/apps/${name}/ip_assignments`,
        // The OpenAPI says `{ips}`; a bare list is accepted too.
        schema: z
          .union([
            z.array(ipAssignment),
            z.looseObject({ ips: z.array(ipAssignment).nullish() }).transform(({ ips }) => ips ?? []),
          ])
          .transform((ips) => ips.map(({ ip }) => ip)),
      }),

    createVolume: (name: string, body: { name: string; region: string; size_gb: number; compute: object }) =>
      call({
        method: "POST",
        path: `/v1/apps/${name}/volumes`,
        body: { ...body, encrypted: true, require_unique_zone: false },
        schema: volume,
      }),

    listVolumes: (name: string) =>
      call({ method: "GET", path: `/v1/apps/${name}/volumes`, schema: z.array(volume) }),

    deleteVolume: (name: string, id: string) =>
      call({ method: "DELETE", path: `/v1/apps/${name}/volumes/${id}`, schema: nothing }),

    /** The version in the answer goes into `min_secrets_version`, so that no machine boots with older ones. */
    setSecrets: (name: string, values: Readonly<Record<string, string>>) =>
      call({ method: "POST", path: `/v1/apps/${name}/secrets`, body: { values }, schema: secretsAnswer }),

    createMachine: (name: string, body: object): Promise<Outcome<MachineSeen>> =>
      call({ method: "POST", path: machines(name), body, schema: machineSchema }),

    /** Replaces the whole config; refused when the machine changed since `current_version`. */
    updateMachine: (name: string, id: string, body: object): Promise<Outcome<MachineSeen>> =>
      call({ method: "POST", path: `${machines(name)}/${id}`, body, schema: machineSchema }),

    getMachine: (name: string, id: string): Promise<Outcome<MachineSeen>> =>
      call({ method: "GET", path: `${machines(name)}/${id}`, schema: machineSchema }),

    findMachines: (
      name: string,
      metadata: { key: string; value: string },
    ): Promise<Outcome<readonly MachineSeen[]>> =>
      call({
        method: "GET",
        path: machines(name),
        query: { [`metadata.${metadata.key}`]: metadata.value },
        schema: z.array(machineSchema),
      }),

    startMachine: (name: string, id: string) =>
      call({ method: "POST", path: `${machines(name)}/${id}/start`, schema: nothing }),

    stopMachine: (name: string, id: string, timeoutSeconds: number) =>
      call({
        method: "POST",
        path: `${machines(name)}/${id}/stop`,
        body: { signal: "SIGTERM", timeout: `${timeoutSeconds}s` },
        schema: nothing,
      }),

    restartMachine: (name: string, id: string, timeoutSeconds: number) =>
      call({
        method: "POST",
        path: `${machines(name)}/${id}/restart`,
        query: { timeout: `${timeoutSeconds}s` },
        schema: nothing,
      }),

    deleteMachine: (name: string, id: string) =>
      call({ method: "DELETE", path: `${machines(name)}/${id}`, query: { force: "true" }, schema: nothing }),

    waitForMachine: (
      name: string,
      id: string,
      wait: { state: "started" | "stopped"; instanceId: string; timeoutSeconds: number },
      signal?: AbortSignal,
    ) =>
      call({
        method: "GET",
        path: `${machines(name)}/${id}/wait`,
        query: { state: wait.state, version: wait.instanceId, timeout: String(wait.timeoutSeconds) },
        schema: nothing,
        timeoutMs: wait.timeoutSeconds * 1000 + WAIT_SLACK_MS,
        signal,
      }),
  };
}
