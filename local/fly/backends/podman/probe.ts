import type { Backend, Launch } from "../backend.ts";

/**
 * Whether containers with everything we rely on can be had here is only known by running one: kernels, cgroups and
 * container runtimes differ in more ways than their versions say.
 */
const PROBE_ID = "probe";
const PATIENCE_MS = 30_000;

/** What the machine finds of itself, from inside; the first that isn't so is its exit code. */
const CHECKS: readonly { script: string; says: string }[] = [
  { script: "grep -q '^Seccomp:.2$' /proc/self/status", says: "it has no system call filter" },
  { script: "grep -q '^NoNewPrivs:.1$' /proc/self/status", says: "it may gain privileges" },
  { script: "grep -Eq '^CapBnd:.0+$' /proc/self/status", says: "it has capabilities" },
  { script: "! grep -Eq ' 0 +4294967295$' /proc/self/uid_map", says: "its users are this computer's" },
  { script: "! echo x > /etc/x", says: "its root can be written" },
  { script: "node -e 'process.exit(0)'", says: "Node doesn't run in it" },
  { script: "echo x > /data/x", says: "its volume can't be written" },
  { script: "[ $(df -k /data | tail -1 | awk '{print $2}') -lt 1048577 ]", says: "its volume has no limit" },
];
const FIRST_CODE = 10;

const LAUNCH: Launch = {
  machineId: PROBE_ID,
  app: PROBE_ID,
  instanceId: PROBE_ID,
  image: PROBE_ID,
  command: ["sh", "-c", CHECKS.map(({ script }, i) => `${script} || exit ${FIRST_CODE + i}`).join("\n")],
  env: { HOME: "/data/home" },
  files: [],
  mount: { volumeId: PROBE_ID, guestPath: "/data" },
  guestPorts: [1],
  memoryMb: 256,
  cpus: 1,
  network: PROBE_ID,
  privateIp: "fdaa:0:1:a7b:1:1:1:2",
};

/** Runs a machine and throws one phrase when it isn't what a machine has to be. */
export async function probe(backend: Backend): Promise<void> {
  const lines: string[] = [];
  try {
    await backend.volumes.create(PROBE_ID, 1);
    const machine = await backend.start(LAUNCH, { onLog: ({ message }) => lines.push(message) });
    const timer = setTimeout(() => void machine.signal("SIGKILL"), PATIENCE_MS);
    const { code } = await machine.exited;
    clearTimeout(timer);
    if (code === 0) return;
    const failed = CHECKS[(code ?? 0) - FIRST_CODE];
    throw new Error(`a machine was tried, and ${failed?.says ?? `ended with ${code}: ${lines.at(-1)}`}.`);
  } finally {
    await backend.removeMachine(PROBE_ID);
    await backend.volumes.destroy(PROBE_ID);
  }
}
