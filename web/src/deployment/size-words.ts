import type { Deployment } from "../../../worker/contract/deployments.ts";

export type Tier = Deployment["tier"];

export const TIER_TITLES: Readonly<Record<Tier, string>> = { shared: "Shared", dedicated: "Dedicated" };

/** What each machine size is good for. */
export const TIER_WORDS: Readonly<Record<Tier, string>> = {
  shared: "2 shared CPUs and 2 GB of memory. Enough for most assistants.",
  dedicated: "A CPU of its own, 3 GB of memory and an IPv4 address that is nobody else’s.",
};

/** A machine as people read it. */
export function guestWords({ guest }: Pick<Deployment, "guest">): string {
  const { cpuKind, cpus, memoryMb } = guest;
  const kind = cpuKind === "shared" ? "shared " : "";
  return `${cpus} ${kind}CPU${cpus === 1 ? "" : "s"}, ${memoryMb / 1024} GB`;
}

export type SizeWish = { tier: Tier; diskGb: number };

/** What a change of size means for whoever uses the assistant; empty while nothing changes. */
export function whatItMeans(
  deployment: Pick<Deployment, "tier" | "diskGb" | "phase">,
  { tier, diskGb }: SizeWish,
): readonly string[] {
  const isStopped = deployment.phase === "stopped";
  const lines: string[] = [];
  if (tier !== deployment.tier)
    lines.push(
      isStopped
        ? "It takes the other machine when it is started next, after a snapshot of its data."
        : "It stops for a few minutes: a snapshot of its data is taken, then it starts on the other machine. Should it not run well there, everything is put back.",
    );
  if (tier === "shared" && deployment.tier === "dedicated")
    lines.push("Its own IPv4 address is given back. It can’t be had again.");
  if (diskGb > deployment.diskGb) {
    lines.push(
      "Its data stays where it is. It is restarted only if the larger disk can’t be seen otherwise.",
      "A disk never shrinks: this can’t be taken back.",
    );
  }
  return lines;
}

/** Why a disk can't have this size; null when it can, as far as the page knows. */
export function diskMistake(deployment: Pick<Deployment, "diskGb">, diskGb: number): string | null {
  if (!Number.isInteger(diskGb)) return "Whole gigabytes, please.";
  if (diskGb < deployment.diskGb) return `It has ${deployment.diskGb} GB, and a disk can’t shrink.`;
  return diskGb > DISK_GB_MAX ? `${DISK_GB_MAX} GB is the most.` : null;
}

const DISK_GB_MAX = 500;
