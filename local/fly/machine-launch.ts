import type { Launch } from "./backends/backend.ts";
import type { Machine, SecretSet } from "./entities.ts";
import { guestPorts, type MachineConfig } from "./machine-config.ts";

/**
 * What a machine sees when it boots: its config's environment, over it the app's secrets as they are at that moment,
 * over both what Fly itself sets (superfly/docs machines/runtime-environment). Throws one sentence when a file's
 * secret is missing.
 */
export function launchOf(
  machine: Machine,
  version: { instanceId: string; config: MachineConfig },
  secrets: SecretSet | undefined,
  network: string,
): Launch {
  const { config } = version;
  const values = Object.fromEntries(
    Object.entries(machine.skipSecrets ? {} : (secrets?.secrets ?? {})).map(([name, secret]) => [
      name,
      secret.value,
    ]),
  );
  const mount = config.mounts?.[0];
  return {
    machineId: machine.id,
    app: machine.app,
    instanceId: version.instanceId,
    image: config.image,
    command: commandOf(config),
    env: { ...config.env, ...values, ...platformEnv(machine, version) },
    files: (config.files ?? []).map((file) => ({
      guestPath: file.guest_path,
      content: Buffer.from(file.raw_value ?? secretFile(file.secret_name ?? "", values), "base64"),
      mode: file.mode ?? 0o644,
    })),
    mount:
      mount?.volume === undefined || mount.path === undefined
        ? null
        : { volumeId: mount.volume, guestPath: mount.path },
    guestPorts: guestPorts(config),
    memoryMb: config.guest.memory_mb,
    cpus: config.guest.cpus,
    network,
    privateIp: machine.privateIp,
  };
}

function commandOf(config: MachineConfig): string[] {
  const init = config.init ?? {};
  return (init.exec?.length ?? 0) > 0 ? (init.exec ?? []) : [...(init.entrypoint ?? []), ...(init.cmd ?? [])];
}

/** A secret that a file is made of holds the content in base64. */
function secretFile(name: string, values: Readonly<Record<string, string>>): string {
  const value = values[name];
  if (value === undefined)
    throw new Error(`The app has no secret named ${name}, which a file of this machine is made of.`);
  return value;
}

function platformEnv(
  machine: Machine,
  version: { instanceId: string; config: MachineConfig },
): Record<string, string> {
  return {
    FLY_APP_NAME: machine.app,
    FLY_MACHINE_ID: machine.id,
    FLY_ALLOC_ID: machine.id,
    FLY_MACHINE_VERSION: version.instanceId,
    FLY_REGION: machine.region,
    FLY_PRIVATE_IP: machine.privateIp,
    FLY_IMAGE_REF: version.config.image,
    FLY_VM_MEMORY_MB: String(version.config.guest.memory_mb),
    FLY_PROCESS_GROUP: version.config.metadata?.["fly_process_group"] ?? "app",
  };
}
