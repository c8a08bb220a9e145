import { z } from "zod";
import type { MachineSeen } from "../../domain/deployment/moves.ts";
import type { SnapshotSeen } from "../../domain/deployment/backup.ts";
import type { Outcome } from "../../domain/outcome.ts";
import { fromIso } from "../../platform/clock.ts";
import { machineSchema } from "./machine.ts";
import type { FlyTransport } from "./transport.ts";
import { callFly, nothing } from "./transport.ts";

/** A volume as we need it. */
export type FlyVolume = {
  id: string;
  name: string;
  state: string;
  region: string;
  sizeGb: number;
  /** How long its snapshots are kept; null where Fly doesn't say. */
  backupDays: number | null;
};

/** An address of an app: its own, or one that is shared with others. */
export type FlyIp = { address: string; isOwn: boolean };

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
    snapshot_retention: z.number().int().nullish(),
  })
  .transform(({ id, name, state, region, size_gb, snapshot_retention }): FlyVolume => ({
    id,
    name,
    state,
    region,
    sizeGb: size_gb,
    backupDays: snapshot_retention ?? null,
  }));

const extended = z
  .looseObject({ volume: z.looseObject({ size_gb: z.number() }), needs_restart: z.boolean().nullish() })
  // Where Fly doesn't say, a boot does no harm.
  .transform(({ volume: { size_gb }, needs_restart }) => ({
    sizeGb: size_gb,
    needsRestart: needs_restart ?? true,
  }));

/** A snapshot (`superfly/fly-go` volume_types.go, `VolumeSnapshot`); its states aren't documented beyond these. */
const snapshot = z
  .looseObject({
    id: z.string(),
    status: z.string().nullish(),
    size: z.number().nullish(),
    created_at: z.string(),
    retention_days: z.number().nullish(),
  })
  .transform(({ id, status, size, created_at, retention_days }): SnapshotSeen => ({
    id,
    status: status === "created" ? "created" : status === "failed" ? "failed" : "pending",
    sizeBytes: size ?? 0,
    createdAt: fromIso(created_at),
    retentionDays: retention_days ?? SNAPSHOT_RETENTION_DAYS,
  }));

/** What the live API answers to a snapshot order; undocumented (facts of `superfly/fly-go`). */
const snapshotOrder = z
  .looseObject({ Msg: z.looseObject({ backup: z.looseObject({ graph_id: z.string() }) }) })
  .transform(({ Msg }) => ({ id: Msg.backup.graph_id }));

/** Leases come in an envelope the published spec leaves out (superfly/docs machines/api/machines-resource). */
const lease = z
  .looseObject({ data: z.looseObject({ nonce: z.string() }) })
  .transform(({ data }) => ({ nonce: data.nonce }));

/** Its `type` is newer than `shared` (superfly/fly-go `IPAssignment`). */
const ipAssignment = z
  .looseObject({ ip: z.string(), type: z.string().nullish(), shared: z.boolean().nullish() })
  .transform(({ ip, type, shared }): FlyIp => ({
    address: ip,
    isOwn: shared !== true && (type === undefined || type === null ? !ip.includes(":") : type === "v4"),
  }));
const secretsAnswer = z.looseObject({ version: z.number() });

/** Fly's own default (superfly/docs volumes/snapshots). */
const SNAPSHOT_RETENTION_DAYS = 5;

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
        schema: ipAssignment,
      }),

    /** An IPv4 that is nobody else's; it costs by the month. */
    assignOwnIp: (name: string) =>
      call({
        method: "POST",
        path: `/v1/apps/${name}/ip_assignments`,
        body: { type: "v4" },
        schema: ipAssignment,
      }),

    releaseIp: (name: string, address: string) =>
      call({
        method: "DELETE",
        path: `/v1/apps/${name}/ip_assignments/${encodeURIComponent(address)}`,
        schema: nothing,
      }),

    listIps: (name: string) =>
      call({
        method: "GET",
        path: `/v1/apps/${name}/ip_assignments`,
        // The OpenAPI says `{ips}`; a bare list is accepted too.
        schema: z.union([
          z.array(ipAssignment),
          z.looseObject({ ips: z.array(ipAssignment).nullish() }).transform(({ ips }) => ips ?? []),
        ]),
      }),

    /** `source`: a snapshot, or a volume that is forked onto another host. */
    createVolume: (
      name: string,
      body: {
        name: string;
        region: string;
        size_gb: number;
        compute: object;
        snapshot_retention: number;
        snapshot_id?: string;
        source_volume_id?: string;
      },
    ) =>
      call({
        method: "POST",
        path: `/v1/apps/${name}/volumes`,
        body: { ...body, encrypted: true, require_unique_zone: false },
        schema: volume,
      }),

    listVolumes: (name: string) =>
      call({ method: "GET", path: `/v1/apps/${name}/volumes`, schema: z.array(volume) }),

    /** Only to a larger size; Fly says whether its machine has to boot to see it. */
    extendVolume: (name: string, id: string, sizeGb: number) =>
      call({
        method: "PUT",
        path: `/v1/apps/${name}/volumes/${id}/extend`,
        body: { size_gb: sizeGb },
        schema: extended,
      }),

    updateVolume: (name: string, id: string, body: { snapshot_retention: number }) =>
      call({ method: "PUT", path: `/v1/apps/${name}/volumes/${id}`, body, schema: nothing }),

    deleteVolume: (name: string, id: string) =>
      call({ method: "DELETE", path: `/v1/apps/${name}/volumes/${id}`, schema: nothing }),

    listSnapshots: (name: string, volumeId: string) =>
      call({
        method: "GET",
        path: `/v1/apps/${name}/volumes/${volumeId}/snapshots`,
        schema: z.array(snapshot),
      }),

    createSnapshot: (name: string, volumeId: string) =>
      call({
        method: "POST",
        path: `/v1/apps/${name}/volumes/${volumeId}/snapshots`,
        schema: snapshotOrder,
      }),

    /** Takes the lease, or prolongs it when `nonce` is its own. */
    takeLease: (
      name: string,
      id: string,
      terms: { ttlSeconds: number; description: string },
      nonce?: string,
    ) =>
      call({
        method: "POST",
        path: `${machines(name)}/${id}/lease`,
        body: { ttl: terms.ttlSeconds, description: terms.description },
        nonce,
        schema: lease,
      }),

    releaseLease: (name: string, id: string, nonce: string) =>
      call({ method: "DELETE", path: `${machines(name)}/${id}/lease`, nonce, schema: nothing }),

    /** Takes it out of Fly Proxy's routing, or puts it back. */
    cordonMachine: (name: string, id: string, verb: "cordon" | "uncordon", nonce?: string) =>
      call({ method: "POST", path: `${machines(name)}/${id}/${verb}`, nonce, schema: nothing }),

    /** `null` unsets. The version in the answer goes into `min_secrets_version`, so that no machine boots with older ones. */
    setSecrets: (name: string, values: Readonly<Record<string, string | null>>) =>
      call({ method: "POST", path: `/v1/apps/${name}/secrets`, body: { values }, schema: secretsAnswer }),

    createMachine: (name: string, body: object): Promise<Outcome<MachineSeen>> =>
      call({ method: "POST", path: machines(name), body, schema: machineSchema }),

    /** Replaces the whole config; refused when the machine changed since `current_version`. */
    updateMachine: (name: string, id: string, body: object, nonce?: string): Promise<Outcome<MachineSeen>> =>
      call({ method: "POST", path: `${machines(name)}/${id}`, body, nonce, schema: machineSchema }),

    getMachine: (name: string, id: string): Promise<Outcome<MachineSeen>> =>
      call({ method: "GET", path: `${machines(name)}/${id}`, schema: machineSchema }),

    /** Those with this metadata, or all. */
    findMachines: (
      name: string,
      metadata: { key: string; value: string } | null,
    ): Promise<Outcome<readonly MachineSeen[]>> =>
      call({
        method: "GET",
        path: machines(name),
        query: metadata === null ? {} : { [`metadata.${metadata.key}`]: metadata.value },
        schema: z.array(machineSchema),
      }),

    startMachine: (name: string, id: string, nonce?: string) =>
      call({ method: "POST", path: `${machines(name)}/${id}/start`, nonce, schema: nothing }),

    stopMachine: (name: string, id: string, timeoutSeconds: number, nonce?: string) =>
      call({
        method: "POST",
        path: `${machines(name)}/${id}/stop`,
        body: { signal: "SIGTERM", timeout: `${timeoutSeconds}s` },
        nonce,
        schema: nothing,
      }),

    restartMachine: (name: string, id: string, timeoutSeconds: number, nonce?: string) =>
      call({
        method: "POST",
        path: `${machines(name)}/${id}/restart`,
        query: { timeout: `${timeoutSeconds}s` },
        nonce,
        schema: nothing,
      }),

    deleteMachine: (name: string, id: string, nonce?: string) =>
      call({
        method: "DELETE",
        path: `${machines(name)}/${id}`,
        query: { force: "true" },
        nonce,
        schema: nothing,
      }),

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
