import type { Clock } from "./clock.ts";
import type { Lease, Machine } from "./entities.ts";
import { aborted, type FlyError, notFound } from "./errors.ts";
import type { Ids } from "./ids.ts";
import type { MachineRecords } from "./machine-records.ts";

/** Fly's default isn't documented; flyctl asks for 13 s to 120 s. */
const DEFAULT_TTL_SECONDS = 30;

/** The exclusive right to change a machine, for a while. */
export type Leases = {
  make(input: { ttlSeconds: number | undefined; owner: string; description: string }): Lease;
  /** The lease in force, if any. */
  current(machine: Machine): Lease | null;
  /** Takes the lease, or prolongs it for the holder of its nonce, which stays the same. */
  take(machine: Machine, nonce: string | undefined, input: Parameters<Leases["make"]>[0]): Lease;
  release(machine: Machine, nonce: string | undefined): void;
  /** Throws when somebody else holds the lease. */
  guard(machine: Machine, nonce: string | undefined): void;
};

export function createLeases(records: MachineRecords, ids: Ids, clock: Clock): Leases {
  function current(machine: Machine): Lease | null {
    return machine.lease !== null && machine.lease.expiresAt > clock.now() ? machine.lease : null;
  }

  function guard(machine: Machine, nonce: string | undefined): void {
    const lease = current(machine);
    if (lease !== null && lease.nonce !== nonce) throw held(machine.id, lease);
  }

  function make({ ttlSeconds, owner, description }: Parameters<Leases["make"]>[0]): Lease {
    const expiresAt = clock.now() + (ttlSeconds ?? DEFAULT_TTL_SECONDS) * 1_000;
    return { nonce: ids.nonce(), expiresAt, owner, description };
  }

  return {
    make,
    current,
    guard,
    take(machine, nonce, input) {
      guard(machine, nonce);
      const known = current(machine);
      const lease = known === null ? make(input) : { ...make(input), nonce: known.nonce };
      records.setLease(machine.id, lease);
      return lease;
    },
    release(machine, nonce) {
      // fly-go ignores an error that contains " lease not found": the lease ran out by itself.
      if (current(machine) === null) throw notFound(`machine ID ${machine.id} lease not found`);
      guard(machine, nonce);
      records.setLease(machine.id, null);
    },
  };
}

/** The 409 every write to a leased machine gets without the lease's nonce (facts/fly.md section 2, Leases). */
function held(machineId: string, lease: Lease): FlyError {
  const until = new Date(lease.expiresAt).toISOString().replace(/\.\d+Z$/, "Z");
  return aborted(`machine ID ${machineId} lease currently held by ${lease.owner}, expires at ${until}`);
}
