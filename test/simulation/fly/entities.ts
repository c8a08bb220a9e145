import type { MachineState } from "../../../worker/domain/deployment/state.ts";
import type { Guest as PlanGuest } from "../../../worker/domain/plans.ts";

/** What Fly holds, as far as the lifecycle can tell. Instants are the simulation's milliseconds. */
export type Volume = {
  id: string;
  region: string;
  sizeGb: number;
  /** How long its snapshots are kept. */
  backupDays: number;
  /** Its host has room for small machines alone. */
  isTight: boolean;
  usableAt: number;
  /** What was written to it, in order: its content. */
  writes: string[];
  /** Made from another one's content, which was empty. */
  isEmptyCopy: boolean;
  createdAt: number;
};

export type Guest = { cpu_kind: PlanGuest["cpuKind"]; cpus: number; memory_mb: number };

/** In our words. */
export const guestFrom = ({ cpu_kind: cpuKind, cpus, memory_mb: memoryMb }: Guest): PlanGuest => ({
  cpuKind,
  cpus,
  memoryMb,
});

export type Snapshot = {
  id: string;
  volumeId: string;
  createdAt: number;
  doneAt: number;
  writes: string[];
  sizeGb: number;
};

/** Fly's own account of one run of a machine, or of a volume's life at one size; `to` is null while it goes on. */
export type Span = { id: string; from: number; to: number | null; size: PlanGuest | number };

export type Exit = { at: number; code: number | null; oomKilled: boolean; requested: boolean };

export type Machine = {
  id: string;
  name: string;
  instanceId: string;
  state: MachineState;
  metadata: Readonly<Record<string, string>>;
  image: string;
  guest: Guest;
  /** How large its disk was when it last started, as far as it can see. */
  seesGb: number;
  volumeId: string;
  createdAt: number;
  startedAt: number | null;
  /** The newest first, like the exits. */
  starts: number[];
  exits: Exit[];
  cordoned: boolean;
  lease: { nonce: string; expiresAt: number } | null;
  /** The next thing that happens to it by itself. */
  next: { at: number; what: "starts" | "is healthy" | "stops" | "exits" | "fails" } | null;
  healthy: boolean;
  /** How the exit to come ends it. */
  exitCode: number | null;
  oomKilled: boolean;
  /** The app's secrets as they were when it was last made or updated: a mere start brings no newer ones. */
  secrets: string;
  /** Fly restarts a crashed one this often before it rests. */
  restartsLeft: number;
};

/** How a version behaves: a tag of an image. */
export const VERSIONS = {
  v1: "good",
  v2: "good",
  v3: "good",
  /** Spoils the volume, then refuses it: the worst an update can do. */
  "bad-exit": "spoils and exits 78",
  "bad-sick": "never healthy",
  "bad-image": "never arrives",
} as const;
export type Version = keyof typeof VERSIONS;

export const SPOILT = "spoilt";

/** The secret that says which revision they are. */
export const REVISION = "SIM_REVISION";

/** What nobody may ever read: it is planted where Fly could quote it. */
export const SECRET = "sim-secret-4f1d";
