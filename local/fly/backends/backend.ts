/**
 * What runs a machine. Fly's semantics (states, leases, events, checks, restart policy, secret versions) live above
 * this interface, once, in `local/fly`; a backend only knows how to get an image, run a command and keep a directory.
 *
 * Paths, ports and environment are the guest's: the backend translates them into what the host has.
 */

/** One start of one machine: everything the guest would see at boot. */
export type Launch = {
  machineId: string;
  app: string;
  /** Changes with every update of the machine's config (Fly's `instance_id`). */
  instanceId: string;
  image: string;
  /** `init.exec`, or `init.entrypoint` + `init.cmd`; empty means the image's own command. */
  command: readonly string[];
  /** `config.env`, the app's secrets and Fly's own `FLY_*` variables, already merged. */
  env: Readonly<Record<string, string>>;
  files: readonly { guestPath: string; content: Uint8Array; mode: number }[];
  mount: { volumeId: string; guestPath: string } | null;
  /** Ports the config's services and checks name, as the guest sees them. */
  guestPorts: readonly number[];
  memoryMb: number;
  cpus: number;
  /** The app's private network: machines of one network reach each other. Empty is the organisation's default one. */
  network: string;
  /** The machine's 6PN address. */
  privateIp: string;
};

export type Exit = { code: number | null; signal: string | null; oomKilled: boolean };

export type ExecResult = { exitCode: number; exitSignal: number; stdout: string; stderr: string };

export type LogLine = { at: number; level: "info" | "warn" | "error"; message: string };

/** A machine that is running now. */
export type Running = {
  /** Plain data, kept on disk by the caller, from which `Backend.adopt` finds the machine again after a restart. */
  readonly record: unknown;
  /** Resolves once, when the main process has ended, however it ended. Never rejects. */
  readonly exited: Promise<Exit>;
  /** Where a guest port answers on the host; null while nothing is mapped there. */
  endpoint(guestPort: number): { host: string; port: number } | null;
  /** Sends the signal, waits up to `timeoutMs`, then kills everything the machine started. Leaves no process and no port. */
  stop(signal: NodeJS.Signals, timeoutMs: number): Promise<Exit>;
  signal(signal: NodeJS.Signals): Promise<void>;
  /** Runs a command in the machine with its environment. A failing command is a result, not an error. */
  exec(command: readonly string[], options: { stdin?: string; timeoutMs: number }): Promise<ExecResult>;
};

export type LaunchHooks = {
  /** Every line the main process writes, in order. */
  onLog(line: LogLine): void;
};

export type Backend = {
  readonly name: "process" | "podman" | "stub";
  /**
   * Makes an image runnable ("pull"). Resolves at once when it is there already; concurrent calls for one image share
   * the work. Rejects with one clear sentence when the image is unknown or can't be fetched.
   */
  prepare(image: string, onProgress: (message: string) => void): Promise<void>;
  start(launch: Launch, hooks: LaunchHooks): Promise<Running>;
  /**
   * Finds a machine started by an earlier process; null when it is gone (whatever it left behind is reaped). `record`
   * is null when the earlier process died inside `start`: what carries `launch.machineId` is to be found or reaped.
   */
  adopt(record: unknown, launch: Launch, hooks: LaunchHooks): Promise<Running | null>;
  /** Removes the machine's root file system. The volume stays. */
  removeMachine(machineId: string): Promise<void>;
  volumes: {
    create(volumeId: string, sizeGb: number): Promise<void>;
    /** A new volume holding what a snapshot or another volume holds. */
    createFrom(
      volumeId: string,
      source: { snapshotId: string } | { volumeId: string },
      sizeGb: number,
    ): Promise<void>;
    /** Makes a volume larger, and says whether a running machine sees it only after a restart. */
    extend(volumeId: string, sizeGb: number): Promise<{ needsRestart: boolean }>;
    destroy(volumeId: string): Promise<void>;
    /** A real copy, taken while nobody looks; its size in bytes and the SHA-256 of its content listing. */
    snapshot(volumeId: string, snapshotId: string): Promise<{ sizeBytes: number; digest: string }>;
    destroySnapshot(snapshotId: string): Promise<void>;
  };
};
