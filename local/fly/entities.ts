import type { MachineConfig } from "./machine-config.ts";

/** What this server keeps about the cloud it stands in for. Instants are epoch ms; the wire shapes are made in the views. */

export type App = {
  id: string;
  name: string;
  org: string;
  /** The app's private network; empty means the organization's default one. It never changes. */
  network: string;
  createdAt: number;
};

/** The states of superfly/docs machines/machine-states that this server passes through. */
export type MachineState =
  | "created"
  | "starting"
  | "started"
  | "stopping"
  | "stopped"
  | "restarting"
  | "replacing"
  | "failed"
  | "destroying"
  | "destroyed";

export type Lease = { nonce: string; expiresAt: number; owner: string; description: string };

export type ImageRef = { registry: string; repository: string; tag?: string; digest: string };

export type Machine = {
  id: string;
  app: string;
  /** Tells this app from an earlier one of the same name. */
  appId: string;
  name: string;
  region: string;
  /** The config's version; changes with every update. */
  instanceId: string;
  state: MachineState;
  /** What the last accepted call asked for. The driver works until state and process agree with it. */
  desired: "started" | "stopped" | "destroyed";
  /** Stop the process once and start it again, with the config unchanged. */
  restartPending: boolean;
  /** The image is on the host; until then Fly refuses to start the machine. */
  prepared: boolean;
  config: MachineConfig;
  imageRef: ImageRef;
  privateIp: string;
  createdAt: number;
  updatedAt: number;
  cordoned: boolean;
  skipSecrets: boolean;
  lease: Lease | null;
  /** The process running now, or being started (`record` is null then). Written before and after each start. */
  run: { instanceId: string; record: unknown; startedAt: number } | null;
  /** When the restart policy restarted it, within the policy's window. */
  restarts: readonly number[];
  /** Restarts by policy since the last time somebody asked for a start. */
  restartCount: number;
};

export type MachineEvent = {
  id: string;
  type: string;
  status: string;
  source: "user" | "flyd";
  timestamp: number;
  request?: Record<string, unknown>;
};

/** One accepted config of a machine, as `GET …/versions` lists it. */
export type MachineVersion = { version: string; config: MachineConfig };

type VolumeState = "creating" | "created" | "restoring" | "pending_destroy" | "destroyed";

export type Volume = {
  id: string;
  app: string;
  name: string;
  region: string;
  zone: string;
  state: VolumeState;
  sizeGb: number;
  encrypted: boolean;
  fstype: string;
  snapshotRetention: number;
  autoBackup: boolean;
  /** What it is being filled from; a server killed meanwhile fills it again. */
  source: { snapshotId: string } | { volumeId: string } | null;
  createdAt: number;
  updatedAt: number;
  /** When a soft-deleted volume is really removed. */
  purgeAt: number | null;
};

export type Snapshot = {
  id: string;
  app: string;
  volumeId: string;
  status: "waiting" | "running" | "created" | "failed";
  size: number;
  volumeSize: number;
  digest: string;
  retentionDays: number;
  createdAt: number;
};

export type Secret = { value: string; digest: string; createdAt: number; updatedAt: number };

/** An app's secrets and their version, which grows with every change. */
export type SecretSet = { version: number; secrets: Readonly<Record<string, Secret>> };

export type IpType = "v4" | "v6" | "shared_v4" | "private_v6";

export type IpAssignment = {
  ip: string;
  type: IpType;
  region: string;
  serviceName: string;
  network: string | null;
  createdAt: number;
};

/** A line of an app's log. `ns` is the line's place and its `next_token`: nanoseconds, 19 digits, unique within the app. */
export type LogEntry = {
  ns: string;
  level: "info" | "warn" | "error";
  message: string;
  instance: string;
  region: string;
  provider: "app" | "runner" | "proxy";
};
