import type { Exit, Machine, Snapshot, Span, Version, Volume } from "./entities.ts";
import { guestFrom, SPOILT, VERSIONS } from "./entities.ts";

/**
 * Fly in memory: what exists and how it goes on by itself as time passes. What the API says of it is `api.ts`. Nothing
 * here is shared with the product beyond its words.
 */
const BOOT_MS = 1_000;
const HEALTHY_AFTER_MS = 3_000;
const EXIT_AFTER_MS = 1_000;
const STOP_MS = 2_000;
const RESTART_MS = 1_000;
/** `restart: {policy: on-failure, max_retries: 3}`. */
const RESTARTS = 3;
const COPY_MS = 4_000;
const PULL_MS = 1_000;
const SLOW_PULL_MS = 9 * 60_000;

type VolumeWish = { region: string; size_gb: number; snapshot_retention: number };

export class FlyModel {
  now = 1_000_000_000;
  app = false;
  ip = false;
  /** Addresses of its own, each with the moment from which lists show it. */
  ownIps: { address: string; createdAt: number }[] = [];
  secretsVersion = 0;
  /** The value of `REVISION`. */
  secrets = "";
  volumes: Volume[] = [];
  snapshots: Snapshot[] = [];
  machines: Machine[] = [];
  /** The next image takes this much longer to arrive. */
  slowImage = false;
  /** Regions and hosts without room. */
  fullUntil = 0;
  /** Volumes that were destroyed with data on them: the invariants ask why. */
  readonly destroyed: { volume: Volume; at: number }[] = [];
  /** The very first write; as long as there is data, it begins with it. */
  firstWrite: string | null = null;
  /** How long each machine ran and each volume existed: what Fly would send a bill for. */
  readonly runs: Span[] = [];
  readonly stays: Span[] = [];
  /** When each machine was last shown to anybody. */
  readonly shownAt = new Map<string, number>();
  readonly #versions: Readonly<Record<string, string>> = VERSIONS;
  #ids = 0;

  id(kind: string): string {
    this.#ids += 1;
    return `${kind}${this.#ids}`;
  }

  /** Lets everything happen that is due until `at`. */
  passTime(at: number): void {
    for (;;) {
      const due = this.machines
        .filter(({ next }) => next !== null && next.at <= at)
        .sort((a, b) => (a.next?.at ?? 0) - (b.next?.at ?? 0))[0];
      if (due === undefined) break;
      this.#happens(due);
    }
    this.now = Math.max(this.now, at);
  }

  live(): readonly Machine[] {
    return this.machines.filter(({ state }) => state === "started" || state === "starting");
  }

  volume(id: string): Volume | undefined {
    return this.volumes.find((volume) => volume.id === id);
  }

  machine(id: string): Machine | undefined {
    return this.machines.find((machine) => machine.id === id);
  }

  /** Answers whether a machine that is up sees the space only after its next start: half of the sizes need one. */
  extend(volume: Volume, sizeGb: number): boolean {
    volume.sizeGb = sizeGb;
    end(this.stays, volume.id, this.now);
    this.stays.push({ id: volume.id, from: this.now, to: null, size: sizeGb });
    const up = this.live().filter(({ volumeId }) => volumeId === volume.id);
    if (sizeGb % 2 === 1) return up.length > 0;
    for (const machine of up) machine.seesGb = sizeGb;
    return false;
  }

  addVolume(
    { region, size_gb: sizeGb, snapshot_retention: backupDays }: VolumeWish,
    writes: readonly string[],
    isCopy: boolean,
  ): Volume {
    const volume: Volume = {
      id: this.id("vol"),
      region,
      sizeGb,
      backupDays,
      isTight: false,
      usableAt: this.now + (isCopy ? COPY_MS : 0),
      writes: [...writes],
      isEmptyCopy: isCopy && writes.length === 0,
      createdAt: this.now,
    };
    this.volumes.push(volume);
    this.stays.push({ id: volume.id, from: this.now, to: null, size: volume.sizeGb });
    return volume;
  }

  destroyVolume(volume: Volume): void {
    this.volumes = this.volumes.filter((other) => other !== volume);
    end(this.stays, volume.id, this.now);
    if (volume.writes.length > 0) this.destroyed.push({ volume, at: this.now });
  }

  addSnapshot(volume: Volume): Snapshot {
    const snapshot: Snapshot = {
      id: this.id("vs_"),
      volumeId: volume.id,
      createdAt: this.now,
      doneAt: this.now + COPY_MS,
      writes: [...volume.writes],
      sizeGb: volume.sizeGb,
    };
    this.snapshots.push(snapshot);
    return snapshot;
  }

  addMachine(input: Pick<Machine, "name" | "metadata" | "image" | "guest" | "volumeId">): Machine {
    const machine: Machine = {
      ...input,
      id: this.id("m"),
      instanceId: "",
      state: "created",
      createdAt: this.now,
      startedAt: null,
      starts: [],
      exits: [],
      seesGb: 0,
      cordoned: false,
      lease: null,
      next: null,
      healthy: false,
      exitCode: null,
      oomKilled: false,
      restartsLeft: RESTARTS,
      secrets: this.secrets,
    };
    this.machines.push(machine);
    this.launch(machine);
    return machine;
  }

  /** A new config or image: pulled, then started. */
  launch(machine: Machine): void {
    this.#endAsked(machine);
    const pullMs = this.slowImage ? SLOW_PULL_MS : PULL_MS;
    this.slowImage = false;
    const isMissing = this.#habit(machine) === "never arrives";
    Object.assign(machine, {
      instanceId: this.id("i"),
      state: "created",
      healthy: false,
      restartsLeft: RESTARTS,
      next: { at: this.now + pullMs, what: isMissing ? "fails" : "starts" },
    });
  }

  restart(machine: Machine): void {
    this.#endAsked(machine);
    this.start(machine);
  }

  #endAsked(machine: Machine): void {
    if (machine.state === "started" || machine.state === "stopping")
      this.#ended(machine, { code: 0, oomKilled: false, requested: true });
  }

  start(machine: Machine): void {
    machine.state = "starting";
    machine.restartsLeft = RESTARTS;
    machine.next = { at: this.now + BOOT_MS, what: "starts" };
  }

  stop(machine: Machine): void {
    if (machine.state === "stopped" || machine.state === "failed") return;
    machine.state = "stopping";
    machine.healthy = false;
    machine.next = { at: this.now + STOP_MS, what: "stops" };
  }

  /** It dies by itself. */
  kill(machine: Machine, exit: Pick<Exit, "code" | "oomKilled">, restartsLeft: number): void {
    if (machine.state !== "started") return;
    machine.restartsLeft = restartsLeft;
    this.#ended(machine, { ...exit, requested: false });
    this.#afterCrash(machine);
  }

  destroyMachine(machine: Machine): void {
    end(this.runs, machine.id, this.now);
    this.machines = this.machines.filter((other) => other !== machine);
  }

  #happens(machine: Machine): void {
    const { next } = machine;
    if (next === null) return;
    this.now = Math.max(this.now, next.at);
    machine.next = null;
    switch (next.what) {
      case "starts":
        return this.#started(machine);
      case "is healthy":
        machine.healthy = true;
        return;
      case "stops":
        this.#ended(machine, { code: 0, oomKilled: false, requested: true });
        machine.state = "stopped";
        return;
      case "fails":
        machine.state = "failed";
        return;
      case "exits":
        this.#ended(machine, { code: machine.exitCode, oomKilled: false, requested: false });
        return this.#afterCrash(machine);
    }
  }

  #started(machine: Machine): void {
    machine.state = "started";
    machine.startedAt = this.now;
    machine.starts.unshift(this.now);
    machine.starts.splice(20);
    this.runs.push({ id: machine.id, from: this.now, to: null, size: guestFrom(machine.guest) });
    const volume = this.volume(machine.volumeId);
    machine.seesGb = volume?.sizeGb ?? 0;
    const habit = this.#habit(machine);
    const write = `boot ${machine.instanceId}@${this.now}`;
    this.firstWrite ??= write;
    if (habit === "spoils and exits 78") {
      if (volume !== undefined) volume.writes = [SPOILT];
      machine.exitCode = 78;
      machine.next = { at: this.now + EXIT_AFTER_MS, what: "exits" };
      return;
    }
    volume?.writes.push(write);
    if (volume?.writes.includes(SPOILT) === true) {
      // What was spoilt stays spoilt for every version.
      machine.exitCode = 78;
      machine.next = { at: this.now + EXIT_AFTER_MS, what: "exits" };
      return;
    }
    if (habit === "good") machine.next = { at: this.now + HEALTHY_AFTER_MS, what: "is healthy" };
  }

  #ended(machine: Machine, exit: Omit<Exit, "at">): void {
    machine.healthy = false;
    machine.exits.unshift({ ...exit, at: this.now });
    machine.exits.splice(20);
    end(this.runs, machine.id, this.now);
  }

  /** Fly's own policy: hot restarts, then rest. */
  #afterCrash(machine: Machine): void {
    if (machine.restartsLeft === 0) {
      machine.state = "stopped";
      machine.next = null;
      return;
    }
    machine.restartsLeft -= 1;
    machine.state = "starting";
    machine.next = { at: this.now + RESTART_MS, what: "starts" };
  }

  #habit({ image }: Machine): string {
    const version = image.slice(image.lastIndexOf(":") + 1) as Version;
    return this.#versions[version] ?? "good";
  }
}

/** Ends what still goes on of it. */
function end(spans: Span[], id: string, now: number): void {
  const open = spans.find((span) => span.id === id && span.to === null);
  if (open !== undefined) open.to = now;
}
