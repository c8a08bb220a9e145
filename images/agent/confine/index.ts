import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { type KernelCounts, readKernelCounts } from "./kernel-counts.ts";
import { createNames, type NamesReport } from "./names.ts";
import { openNftSession } from "./nft-session.ts";
import { parsePolicy, type Policy } from "../contract/policy.ts";
import { renderRules, TABLE } from "./rules.ts";
import { type Resolver, startResolver } from "./resolver.ts";
import { startTlsGate, type TlsGate } from "./tls-gate.ts";
import { createUpstream, type Dial, dialDirectly, type UpstreamServer } from "./upstream.ts";

/**
 * Confines what leaves a machine: default deny for every user but the agent's, an allowlist of names, a resolver that
 * answers those alone and lets through what it answers, and a look at the name a TLS connection asks for. It runs in
 * the machine's network namespace as root, or in it from outside (Podman). What it can't stop is in
 * docs/threat-model.md.
 */
export type ConfineOptions = {
  policy: Policy;
  /** Users that aren't confined; root by default. */
  trustedUids?: readonly number[];
  /** The machine's own resolvers; those of /etc/resolv.conf by default. What is asked of them is answered by ours. */
  upstream?: readonly UpstreamServer[];
  upstreamTransport?: "udp" | "tcp";
  /** How to get out, where the machine has no way of its own. */
  dial?: Dial;
  /** Where the resolver listens on loopback. */
  resolverPort?: number;
  gatePort?: number;
  /** Loopback ports that only trusted users may use. */
  agentPorts?: readonly number[];
  /** Ports open to the outside; everything else that comes in is refused. Absent: what comes in is left alone. */
  publicPorts?: readonly number[];
};

export type Confinement = {
  /** Puts another policy in place and cuts what it no longer allows. Throws a sentence for a policy that can't be. */
  update(policy: Policy): Promise<void>;
  /** What was refused since the start. Counts are of the tenant's making: a hint, never proof. */
  read(): Promise<EgressReport>;
  /** Stops resolver and gate. The rules stay: nothing new is let through. */
  close(): Promise<void>;
};

export type EgressReport = {
  names: ReturnType<Resolver["read"]> & NamesReport;
  tls: ReturnType<TlsGate["read"]>;
  packets: KernelCounts;
};

const RESOLVER_PORT = 5_353;
const GATE_PORT = 5_443;
const ROOT = 0;
/** What the kernel didn't take back at once is tried again after this long, for as long as it takes. */
const RETRY_MS = 500;

const run = promisify(execFile);

/** Puts the rules in place, then listens. Throws when either can't be had: then nothing may be started. */
export async function confine(options: ConfineOptions): Promise<Confinement> {
  const { resolverPort = RESOLVER_PORT, gatePort = GATE_PORT, dial = dialDirectly } = options;
  const allowlist = parsePolicy(options.policy);
  const upstreams = options.upstream ?? (await systemResolvers());
  const rules = renderRules({
    trustedUids: options.trustedUids ?? [ROOT],
    resolverPort,
    gatePort,
    resolvers: upstreams.map(({ address }) => address),
    agentPorts: options.agentPorts ?? [],
    publicPorts: options.publicPorts ?? null,
  });
  const loaded = run("nft", ["-f", "-"]);
  loaded.child.stdin?.end(rules);
  await loaded;

  const nft = openNftSession();
  const transport = options.upstreamTransport ?? "udp";
  const names = createNames({
    allowlist,
    upstream: createUpstream(upstreams, { dial, transport }),
    nft,
    now: () => performance.now(),
  });
  const gate = await startTlsGate(names, gatePort, dial);
  const resolver = await startResolver(names, resolverPort).catch(async (error: unknown) => {
    await gate.close();
    throw error;
  });
  let isClosed = false;

  return {
    async update(policy) {
      names.change(parsePolicy(policy));
      gate.cutDisallowed();
      for (;;) {
        const isTaken = await names.settle().then(
          () => true,
          () => false,
        );
        if (isTaken || isClosed) return;
        await sleep(RETRY_MS);
      }
    },
    read: async () => ({
      names: { ...resolver.read(), ...names.read() },
      tls: gate.read(),
      packets: await readKernelCounts(),
    }),
    async close() {
      isClosed = true;
      await Promise.all([resolver.close(), gate.close()]);
      await nft.close();
    },
  };
}

/** Takes the rules away. For tests: a machine never does. */
export async function release(): Promise<void> {
  await run("nft", ["delete", "table", ...TABLE.split(" ")]);
}

async function systemResolvers(): Promise<UpstreamServer[]> {
  const text = await readFile("/etc/resolv.conf", "utf8");
  return [...text.matchAll(/^\s*nameserver\s+(\S+)/gm)].flatMap(([, address]) =>
    address === undefined ? [] : [{ address }],
  );
}
