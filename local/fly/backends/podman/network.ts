import { existsSync } from "node:fs";
import { z } from "zod";
import { shortName } from "./identity.ts";
import { attempt, run } from "./shell.ts";

/**
 * Networks as Fly has them: each app network is a wire of its own. A machine has a network namespace with two
 * interfaces: `eth0`, its 6PN address on the bridge of its network, and `host0`, a wire to this computer alone, on
 * which the stand-in for Fly Proxy comes in. The bridges live in a namespace of their own (the fabric) that has no
 * address and routes nothing, so no network reaches another, or this computer.
 *
 * The namespace belongs to the machine's own name space of users, because runc can't execute in a container whose
 * network is another's. What it may do there is nothing all the same: it has no capability.
 *
 * What comes in on a published port is led to the machine's loopback and looks as if it came from there: gateways
 * listen on loopback and trust what stands in front of them in the machine. What goes out is the confinement's matter.
 */
export type MachineNetwork = {
  /** Path of the namespace. */
  readonly namespace: string;
  /** Where the machine's published ports answer, for this computer only. */
  readonly address: string;
  remove(): Promise<void>;
};

/** Private to benchmarks (RFC 2544), so that no home or office network has it. One wire is a /30 of it. */
const WIRES = 32_768;
const NETNS_DIR = "/run/netns";

const addressList = z.array(z.looseObject({ addr_info: z.array(z.looseObject({ local: z.string() })) }));

/** The two ends of wire n. */
function endsOf(wire: number): { host: string; machine: string } {
  const at = (last: number) => `198.${18 + (wire >> 14)}.${(wire >> 6) & 255}.${((wire & 63) << 2) + last}`;
  return { host: at(1), machine: at(2) };
}

async function takenAddresses(): Promise<Set<string>> {
  const text = await run("ip", ["-j", "-4", "addr", "show"]);
  return new Set(
    addressList.parse(JSON.parse(text)).flatMap((link) => link.addr_info.map(({ local }) => local)),
  );
}

export type Networks = {
  /** Wires the namespace of a process up. */
  create(machine: NetworkInput): Promise<MachineNetwork>;
  /** One that an earlier server made; null when it is gone. */
  find(machineId: string): Promise<MachineNetwork | null>;
  remove(machineId: string): Promise<void>;
};

export type NetworkInput = {
  machineId: string;
  /** A process in the namespace. */
  pid: number;
  network: string;
  privateIp: string;
  ports: readonly number[];
};

export function createNetworks(scope: string): Networks {
  const fabric = `lpf-${scope}`;
  /** One after another: they look for a free address, and the last one out takes the fabric down. */
  let turn: Promise<unknown> = Promise.resolve();
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = turn.then(work);
    turn = result.catch(() => undefined);
    return result;
  }

  const namespaceOf = (machineId: string) => `lp-${scope}-${machineId}`;
  const wireNameOf = (machineId: string) => `lpw${shortName(`${scope}/${machineId}`, 11)}`;
  const portNameOf = (machineId: string) => `lpp${shortName(`${scope}/${machineId}`, 11)}`;

  async function ensureBridge(network: string): Promise<string> {
    if (!existsSync(`${NETNS_DIR}/${fabric}`)) await run("ip", ["netns", "add", fabric]);
    const bridge = `n${shortName(network, 12)}`;
    if (!(await attempt("ip", ["-n", fabric, "link", "show", bridge]))) {
      await run("ip", ["-n", fabric, "link", "add", bridge, "type", "bridge", "mcast_snooping", "0"]);
      await run("ip", ["-n", fabric, "link", "set", bridge, "addrgenmode", "none", "up"]);
    }
    return bridge;
  }

  async function freeWire(machineId: string): Promise<{ host: string; machine: string }> {
    const taken = await takenAddresses();
    const first = Number.parseInt(shortName(`${scope}/${machineId}`, 8), 16) % WIRES;
    for (let i = 0; i < WIRES; i += 1) {
      const ends = endsOf((first + i) % WIRES);
      if (!taken.has(ends.host)) return ends;
    }
    throw new Error("This computer has no address left for another machine.");
  }

  async function build({ machineId, pid, network, privateIp, ports }: NetworkInput): Promise<MachineNetwork> {
    await tearDown(machineId);
    const ns = namespaceOf(machineId);
    const [wire, port] = [wireNameOf(machineId), portNameOf(machineId)];
    const bridge = await ensureBridge(network);
    const ends = await freeWire(machineId);
    await run("ip", ["netns", "attach", ns, String(pid)]);
    await run("ip", ["-n", fabric, "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", ns]);
    await run("ip", ["link", "add", wire, "type", "veth", "peer", "name", "host0", "netns", ns]);
    const lines = [
      `link set lo up`,
      `link set eth0 addrgenmode none up`,
      `addr add ${privateIp}/32 dev eth0 nodad`,
      // The way out, which the confinement watches; beyond it nobody answers.
      `route add default dev eth0`,
      `route add ::/0 dev eth0`,
      `link set host0 addrgenmode none up`,
      `addr add ${ends.machine}/30 dev host0`,
    ];
    await run("ip", ["-n", ns, "-batch", "-"], { input: lines.join("\n") });
    await run("ip", ["-n", fabric, "link", "set", port, "master", bridge, "up"]);
    await run("ip", ["link", "set", wire, "addrgenmode", "none", "up"]);
    await run("ip", ["addr", "add", `${ends.host}/30`, "dev", wire]);
    await run("ip", [
      "netns",
      "exec",
      ns,
      "sh",
      "-c",
      "echo 1 > /proc/sys/net/ipv4/conf/host0/route_localnet",
    ]);
    await run("ip", ["netns", "exec", ns, "nft", "-f", "-"], { input: inboundRules(ports) });
    return described(machineId, ends.machine);
  }

  function described(machineId: string, address: string): MachineNetwork {
    return {
      namespace: `${NETNS_DIR}/${namespaceOf(machineId)}`,
      address,
      remove: () => inTurn(() => tearDown(machineId)),
    };
  }

  async function tearDown(machineId: string): Promise<void> {
    const ns = namespaceOf(machineId);
    if (existsSync(`${NETNS_DIR}/${ns}`)) await run("ip", ["netns", "del", ns]);
    // Gone with their other ends as soon as the kernel gets to it; here and now otherwise.
    await attempt("ip", ["link", "del", wireNameOf(machineId)]);
    if (!existsSync(`${NETNS_DIR}/${fabric}`)) return;
    await attempt("ip", ["-n", fabric, "link", "del", portNameOf(machineId)]);
    const ports = await run("ip", ["-n", fabric, "-o", "link", "show", "type", "veth"]);
    if (ports.trim() === "") await run("ip", ["netns", "del", fabric]);
  }

  return {
    create: (machine) => inTurn(() => build(machine)),
    async find(machineId) {
      const ns = namespaceOf(machineId);
      if (!existsSync(`${NETNS_DIR}/${ns}`)) return null;
      const text = await run("ip", ["-n", ns, "-j", "-4", "addr", "show", "dev", "host0"]);
      const address = addressList.parse(JSON.parse(text))[0]?.addr_info[0]?.local;
      return address === undefined ? null : described(machineId, address);
    },
    remove: (machineId) => inTurn(() => tearDown(machineId)),
  };
}

/** From the host's wire in to published ports on loopback, and nothing else; back only what was asked for. */
function inboundRules(ports: readonly number[]): string {
  const set = ports.length === 0 ? "" : `tcp dport { ${ports.join(", ")} }`;
  const nat = (how: string) => (set === "" ? "" : `iifname "host0" ${set} ${how} to 127.0.0.1`);
  return `
    table inet launchpad_inbound {
      chain filter {
        type filter hook input priority filter; policy accept;
        ct state established,related accept
        iifname "host0" ct status dnat accept
        iifname "host0" meta l4proto tcp reject with tcp reset
        iifname "host0" drop
      }
      chain output {
        type filter hook output priority filter; policy accept;
        oifname "host0" ct state established,related accept
        oifname "host0" meta l4proto tcp reject with tcp reset
        oifname "host0" drop
      }
    }
    table ip launchpad_inbound_nat {
      chain arriving {
        type nat hook prerouting priority dstnat; policy accept;
        ${nat("dnat")}
      }
      chain entering {
        type nat hook input priority 100; policy accept;
        ${nat("snat")}
      }
    }
  `;
}
