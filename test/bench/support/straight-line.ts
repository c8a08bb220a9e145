import { randomUUID } from "node:crypto";
import { machineRequest } from "../../../worker/domain/deployment/machine-config.ts";
import { initialState } from "../../../worker/domain/deployment/state.ts";
import type { AccountId, DeploymentId } from "../../../worker/domain/ids.ts";
import { RUNTIMES } from "../../../worker/domain/runtimes/index.ts";

/**
 * What provisioning costs when nothing may go wrong: the same calls in the same order, with nothing written down, one
 * wait for `started` and not a single sleep. The least anybody could do, and what the control plane is compared with.
 */
export type FlyAddress = { base: string; token: string; organization: string };

/** Milliseconds from the first call to the first passing check. */
export async function provisionStraight(fly: FlyAddress): Promise<number> {
  const name = `straight-${randomUUID()}`;
  const call = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const answer = await fetch(`${fly.base}/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${fly.token}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T; // The local Fly, pinned by its conformance tests.
  };

  const begunAt = performance.now();
  const { guest, volumeSizeGb } = RUNTIMES.openclaw;
  await call("POST", "/apps", { app_name: name, org_slug: fly.organization, network: name });
  await call("POST", `/apps/${name}/ip_assignments`, { type: "shared_v4" });
  const volume = await call<{ id: string }>("POST", `/apps/${name}/volumes`, {
    name: "data",
    region: "fra",
    size_gb: volumeSizeGb,
    encrypted: true,
    require_unique_zone: false,
    compute: { cpu_kind: guest.cpuKind, cpus: guest.cpus, memory_mb: guest.memoryMb },
  });
  const secrets = await call<{ version: number }>("POST", `/apps/${name}/secrets`, {
    values: { OPENCLAW_GATEWAY_PASSWORD: "x" },
  });
  const { identity, spec } = wish(name);
  const machine = await call<{ id: string; instance_id: string }>("POST", `/apps/${name}/machines`, {
    ...machineRequest({
      identity,
      spec,
      volumeId: volume.id,
      imageBase: "launchpad",
      origin: "http://x.localhost",
      defaults: {},
      secretNames: ["OPENCLAW_GATEWAY_PASSWORD"],
      doorKeys: { keys: [] },
    }),
    min_secrets_version: secrets.version,
  });
  await call(
    "GET",
    `/apps/${name}/machines/${machine.id}/wait?state=started&version=${machine.instance_id}&timeout=20`,
  );
  for (;;) {
    const seen = await call<{ checks: { status: string }[] }>("GET", `/apps/${name}/machines/${machine.id}`);
    if (seen.checks.length > 0 && seen.checks.every(({ status }) => status === "passing"))
      return performance.now() - begunAt;
  }
}

const wish = (name: string) =>
  initialState({
    identity: {
      id: "dep_01jd0000000000000000000000" as DeploymentId,
      accountId: "acct_01jd0000000000000000000000" as AccountId,
      name,
      slug: name,
      createdAt: 0,
      controlPlaneId: "bch",
    },
    spec: {
      runtime: "openclaw",
      runtimeVersion: RUNTIMES.openclaw.versions[0],
      region: "fra",
      tier: "shared",
      config: {},
      retentionDays: 7,
    },
  });
