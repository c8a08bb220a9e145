import { execFile } from "node:child_process";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { ConfineOptions, EgressReport } from "../../../images/agent/confine/index.ts";
import type { Policy } from "../../../images/agent/contract/policy.ts";
import { type LineProcess, startLineProcess } from "./line-process.ts";

/**
 * A machine and the Internet, as two network namespaces with a wire between: real kernels' packets, real resolvers'
 * answers, and nothing that leaves this computer.
 */
export type World = {
  /** The machine's network namespace, by name. */
  machine: string;
  /** As the gateway's user in the machine. */
  gateway: LineProcess;
  /** As root in the machine. */
  agent: LineProcess;
  internet: LineProcess;
  zone(records: Zone): Promise<void>;
  confine(policy: Policy, more?: Partial<ConfineOptions>): Promise<void>;
  /** A program like the Internet's servers, as root in the machine. */
  servers: LineProcess;
  /** A program like the gateway's, outside. */
  stranger: LineProcess;
  update(policy: Policy): Promise<void>;
  report(): Promise<EgressReport>;
  /** Since it was last asked. */
  seen(): Promise<{ asked: string[]; reached: string[] }>;
  /** Another process of the gateway's user or of root. */
  inMachine(program: readonly [string, ...string[]]): Promise<string>;
  close(): Promise<void>;
};

export type Zone = Record<
  string,
  { type: "A" | "AAAA" | "CNAME" | "TXT"; data: string; ttl?: number; stops?: boolean }[]
>;

/** Places of the Internet. Public to every registry, and nobody's here. */
export const RESOLVER = { v4: "11.0.0.53", v6: "2a0b:1::53" };
export const GOOD = { v4: "11.0.0.10", v6: "2a0b:1::10" };
export const OTHER = { v4: "11.0.0.20", v6: "2a0b:1::20" };
export const METADATA = "169.254.169.254";
export const PRIVATE = { v4: "10.1.2.3", v6: "fdaa:0:1::3" };

export const MACHINE = { v4: "11.0.0.2", v6: "2a0b:1::2" };
const run = promisify(execFile);
const here = (name: string) => join(import.meta.dirname, name);

/** Why it can't be tested on this computer; null where it can. Said aloud, once a file. */
export async function whyNoNamespaces(): Promise<string | null> {
  const name = `lpt-probe-${process.pid}`;
  try {
    if (process.getuid?.() !== 0) throw new Error("it needs root.");
    await run("ip", ["netns", "add", name]);
    await run("ip", ["netns", "exec", name, "nft", "list", "ruleset"]);
    await run("setpriv", ["--version"]);
    return null;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    process.stderr.write(`SKIPPED, no packet was sent: network namespaces can't be had here: ${reason}\n`);
    return reason;
  } finally {
    await run("ip", ["netns", "del", name]).catch(() => undefined);
  }
}

export async function createWorld(): Promise<World> {
  const machine = `lpt-m-${process.pid}`;
  const internet = `lpt-i-${process.pid}`;
  const ip = (...args: string[]) => run("ip", args);
  for (const ns of [machine, internet]) {
    await ip("netns", "add", ns);
    await ip("-n", ns, "link", "set", "lo", "up");
  }
  await ip("-n", machine, "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", internet);
  for (const ns of [machine, internet]) await ip("-n", ns, "link", "set", "eth0", "up");
  await ip("-n", machine, "addr", "add", `${MACHINE.v4}/24`, "dev", "eth0");
  await ip("-n", machine, "addr", "add", `${MACHINE.v6}/64`, "dev", "eth0", "nodad");
  for (const place of [RESOLVER, GOOD, OTHER]) {
    await ip("-n", internet, "addr", "add", `${place.v4}/24`, "dev", "eth0");
    await ip("-n", internet, "addr", "add", `${place.v6}/64`, "dev", "eth0", "nodad");
  }
  for (const address of [`${METADATA}/32`, `${PRIVATE.v4}/32`])
    await ip("-n", internet, "addr", "add", address, "dev", "lo");
  await ip("-n", internet, "addr", "add", `${PRIVATE.v6}/128`, "dev", "lo");
  await ip("-n", machine, "route", "add", "default", "via", GOOD.v4);
  await ip("-n", machine, "-6", "route", "add", "default", "via", GOOD.v6);
  // `ip netns exec` shows it as /etc/resolv.conf.
  await mkdir(`/etc/netns/${machine}`, { recursive: true });
  await writeFile(
    `/etc/netns/${machine}/resolv.conf`,
    `nameserver ${RESOLVER.v4}\nnameserver ${RESOLVER.v6}\noptions timeout:2 attempts:1\n`,
  );

  const enter = (ns: string) => ["ip", "netns", "exec", ns] as const;
  const processes: LineProcess[] = [];
  const start = async (command: readonly [string, ...string[]]) => {
    const started = await startLineProcess(command);
    processes.push(started);
    return started;
  };
  const world = await start([...enter(internet), process.execPath, here("internet.mjs")]);
  const agent = await start([...enter(machine), process.execPath, here("agent.ts")]);
  const gateway = await start([
    ...enter(machine),
    "setpriv",
    "--no-new-privs",
    process.execPath,
    here("gateway.mjs"),
  ]);
  const servers = await start([...enter(machine), process.execPath, here("internet.mjs")]);
  const stranger = await start([...enter(internet), process.execPath, here("gateway.mjs")]);
  for (const { v4, v6 } of [RESOLVER, OTHER])
    for (const address of [v4, v6]) await world.ask({ do: "serve", kind: "dns", address });
  for (const { v4, v6 } of [GOOD, OTHER])
    for (const address of [v4, v6]) {
      await world.ask({ do: "serve", kind: "tls", address, port: 443 });
      for (const port of [80, 25, 3333, 8443]) await world.ask({ do: "serve", kind: "tcp", address, port });
      await world.ask({ do: "serve", kind: "udp", address, port: 443 });
    }
  for (const address of [METADATA, PRIVATE.v4, PRIVATE.v6])
    await world.ask({ do: "serve", kind: "tcp", address, port: 80 });

  return {
    machine,
    gateway,
    agent,
    internet: world,
    zone: async (records) => void (await world.ask({ do: "zone", records })),
    servers,
    stranger,
    confine: async (policy, more = {}) =>
      void (await agent.ask({ do: "confine", options: { policy, ...more } })),
    update: async (policy) => void (await agent.ask({ do: "update", policy })),
    report: () => agent.ask({ do: "read" }),
    seen: () => world.ask({ do: "seen" }),
    async inMachine(program) {
      const [file = "", ...args] = [...enter(machine), ...program].slice(1);
      return (await run("ip", [file, ...args])).stdout;
    },
    async close() {
      for (const started of processes) await started.kill();
      for (const ns of [machine, internet]) await ip("netns", "del", ns);
      await rm(`/etc/netns/${machine}`, { recursive: true, force: true });
    },
  };
}
