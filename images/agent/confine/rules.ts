import { SPECIAL_RANGES } from "./addresses.ts";
import { NEVER_PORTS } from "../contract/policy.ts";

/**
 * The packet filter, as one table that takes an earlier one's place in one transaction. Whoever isn't trusted may speak
 * to this machine itself, to the resolver and to what the resolver has just handed out; everything else is refused and
 * counted. Packets that belong to no process aren't trusted either.
 *
 * Nothing here waits for us: when the agent dies, the rules stay, and what was allowed runs out.
 */
export const TABLE = "inet launchpad_confine";

export type RuleOptions = {
  /** Users that aren't confined: the agent's. */
  trustedUids: readonly number[];
  resolverPort: number;
  gatePort: number;
  /** The machine's own resolvers: what is asked of them is answered by ours. */
  resolvers: readonly string[];
  /** Ports of this machine's loopback that only trusted users may use. */
  agentPorts: readonly number[];
  /** Ports that may be reached from outside; null leaves what comes in alone. */
  publicPorts: readonly number[] | null;
};

/** Why something was refused, as it is counted. */
export const REFUSALS = ["revoked", "special", "port", "dns", "agent", "other"] as const;
export type Refusal = (typeof REFUSALS)[number];

/** More than a gateway needs that works, few enough that a broken one costs nothing. */
const REFUSALS_PER_SECOND = 50;
const SET_SIZE = 16_384;
const DENIED_SIZE = 256;

const list = (items: readonly (string | number)[]): string => `{ ${items.join(", ")} }`;
const isV6 = (address: string): boolean => address.includes(":");

export function renderRules(options: RuleOptions): string {
  const { trustedUids, resolverPort, gatePort, agentPorts, publicPorts } = options;
  const resolvers4 = options.resolvers.filter((address) => !isV6(address));
  const resolvers6 = options.resolvers.filter(isV6);
  const refuse = (why: Refusal) => `counter name refused_${why} goto refuse`;
  const answerDns = [
    ...(resolvers4.length > 0 ? [`ip daddr ${list(resolvers4)} meta l4proto { tcp, udp } th dport 53`] : []),
    ...(resolvers6.length > 0 ? [`ip6 daddr ${list(resolvers6)} meta l4proto { tcp, udp } th dport 53`] : []),
  ];
  return `
    table ${TABLE}
    delete table ${TABLE}
    table ${TABLE} {
      set allow4 { type ipv4_addr . inet_service; flags timeout; size ${SET_SIZE}; }
      set allow6 { type ipv6_addr . inet_service; flags timeout; size ${SET_SIZE}; }
      set revoked4 { type ipv4_addr . inet_service; size ${SET_SIZE}; }
      set revoked6 { type ipv6_addr . inet_service; size ${SET_SIZE}; }
      set special4 { type ipv4_addr; flags interval; auto-merge; elements = ${list(SPECIAL_RANGES.v4)}; }
      set special6 { type ipv6_addr; flags interval; auto-merge; elements = ${list(SPECIAL_RANGES.v6)}; }
      set denied4 { type ipv4_addr . inet_proto . inet_service; flags dynamic,timeout; timeout 10m; size ${DENIED_SIZE}; counter; }
      set denied6 { type ipv6_addr . inet_proto . inet_service; flags dynamic,timeout; timeout 10m; size ${DENIED_SIZE}; counter; }
      ${REFUSALS.map((why) => `counter refused_${why} { }`).join("\n      ")}

      chain rewrite {
        type nat hook output priority -100; policy accept;
        meta skuid ${list(trustedUids)} accept
        ${answerDns.map((match) => `${match} redirect to :${resolverPort}`).join("\n        ")}
        tcp dport 443 ip daddr . tcp dport @allow4 redirect to :${gatePort}
        tcp dport 443 ip6 daddr . tcp dport @allow6 redirect to :${gatePort}
      }

      chain output {
        type filter hook output priority filter; policy drop;
        meta skuid ${list(trustedUids)} accept
        icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-solicit } accept
        # The kernel's own word to multicast routers, which there are none of: nobody's attempt at anything.
        meta l4proto igmp drop
        icmpv6 type { mld-listener-report, mld-listener-done, mld2-listener-report } drop
        ${agentPorts.length > 0 ? `oifname "lo" tcp dport ${list(agentPorts)} ct state new ${refuse("agent")}` : ""}
        oifname "lo" accept
        # What was redirected still has the interface it would have left by.
        ip daddr 127.0.0.1 meta l4proto { tcp, udp } th dport { ${resolverPort}, ${gatePort} } accept
        ip6 daddr ::1 meta l4proto { tcp, udp } th dport { ${resolverPort}, ${gatePort} } accept
        ip daddr . tcp dport @revoked4 ${refuse("revoked")}
        ip6 daddr . tcp dport @revoked6 ${refuse("revoked")}
        # For UDP the kernel remembers ports, not whose they were: what the agent has just asked isn't the gateway's.
        meta l4proto != udp ct state established,related accept
        meta l4proto { tcp, udp } th dport { 53, 853 } ${refuse("dns")}
        ip daddr @special4 ${refuse("special")}
        ip6 daddr @special6 ${refuse("special")}
        meta l4proto { tcp, udp } th dport ${list(NEVER_PORTS)} ${refuse("port")}
        ip daddr . tcp dport @allow4 accept
        ip6 daddr . tcp dport @allow6 accept
        ${refuse("other")}
      }

      chain refuse {
        meta l4proto { tcp, udp } update @denied4 { ip daddr . meta l4proto . th dport }
        meta l4proto { tcp, udp } update @denied6 { ip6 daddr . meta l4proto . th dport }
        limit rate over ${REFUSALS_PER_SECOND}/second burst ${REFUSALS_PER_SECOND} packets drop
        # A reset is heard at once; over IPv6 a process waits a second for an ICMP error.
        meta l4proto tcp reject with tcp reset
        reject with icmpx admin-prohibited
      }

      chain forward {
        type filter hook forward priority filter; policy drop;
      }
      ${publicPorts === null ? "" : renderInput(publicPorts)}
    }
  `;
}

function renderInput(ports: readonly number[]): string {
  return `
      chain input {
        type filter hook input priority filter; policy drop;
        iifname "lo" accept
        ct state established,related accept
        icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert, echo-request } accept
        icmp type echo-request accept
        ${ports.length > 0 ? `tcp dport ${list(ports)} accept` : ""}
        meta l4proto tcp reject with tcp reset
      }`;
}

export type Destination = { address: string; port: number };

const setOf = (kind: "allow" | "revoked", address: string): string =>
  `element ${TABLE} ${kind}${isV6(address) ? "6" : "4"}`;

/**
 * Lets destinations be reached for a while. Taken out and put in again in one transaction, because older kernels keep
 * the first lifetime of what is merely added again.
 */
export function allowCommands(destinations: readonly Destination[], seconds: number): string[] {
  return destinations.map(({ address, port }) => {
    const add = `add ${setOf("allow", address)} { ${address} . ${port} timeout ${seconds}s }`;
    return `${add}; delete ${setOf("allow", address)} { ${address} . ${port} }; ${add}`;
  });
}

/** Ends what runs to destinations and lets nothing new begin. */
export function revokeCommands(destinations: readonly Destination[]): string[] {
  return destinations.flatMap(({ address, port }) => {
    const element = `{ ${address} . ${port} }`;
    const allow = setOf("allow", address);
    // It may have run out; adding it first makes the deletion safe to give.
    return [
      `add ${setOf("revoked", address)} ${element}; add ${allow} { ${address} . ${port} timeout 1s }; delete ${allow} ${element}`,
    ];
  });
}

/** Takes a revocation back. */
export function pardonCommands(destinations: readonly Destination[]): string[] {
  return destinations.map(({ address, port }) => {
    const revoked = setOf("revoked", address);
    const element = `{ ${address} . ${port} }`;
    return `add ${revoked} ${element}; delete ${revoked} ${element}`;
  });
}
