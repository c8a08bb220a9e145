/**
 * What a gateway may reach: names, with the ports of each. Pure. A name is exact (`api.example.com`) or everything
 * below one (`*.example.com`, which is not `example.com` itself).
 */
export type AllowedName = {
  name: string;
  /** TCP ports; 443 unless said otherwise. */
  ports?: readonly number[] | undefined;
};

export type Policy = { allow: readonly AllowedName[] };

/** What `confine` works with: checked, in lower case, each name once. */
export type Allowlist = {
  /** The ports a host name may be reached on; empty when it may not be reached at all. */
  portsOf(hostName: string): ReadonlySet<number>;
};

/** More than any plan allows; the rules and the resolver are sized for it. */
const NAMES_MAX = 1_000;
const TLS_PORT = 443;

/** Mail is how machines are turned into spam senders; the rest is what mining pools listen on. */
export const NEVER_PORTS: readonly number[] = [
  25, 465, 587, 2525, 3333, 3334, 3335, 3336, 3357, 4444, 5555, 5556, 6666, 7777, 8332, 8333, 9332, 9333,
  9999, 14_433, 14_444, 18_080, 18_081, 30_303, 45_560, 45_700,
];

const LABEL = /^(?!-)[a-z0-9_-]{1,63}(?<!-)$/;

/** A host name as it is compared: lower case, without the root's dot. Null when it isn't one. */
export function normaliseHostName(name: string): string | null {
  const clean = name.toLowerCase().replace(/\.$/, "");
  if (clean.length === 0 || clean.length > 253) return null;
  const labels = clean.split(".");
  const isAddress = /^\d+$/.test(labels.at(-1) ?? "");
  return labels.length >= 2 && !isAddress && labels.every((label) => LABEL.test(label)) ? clean : null;
}

/** Throws one sentence for what can't be allowed. An empty policy is fine: nothing is reached then. */
export function parsePolicy({ allow }: Policy): Allowlist {
  if (allow.length > NAMES_MAX) throw new Error(`At most ${NAMES_MAX} names can be allowed.`);
  const exact = new Map<string, Set<number>>();
  const below = new Map<string, Set<number>>();
  for (const { name, ports = [TLS_PORT] } of allow) {
    const isWildcard = name.startsWith("*.");
    const hostName = normaliseHostName(isWildcard ? name.slice(2) : name);
    if (hostName === null) throw new Error(`${JSON.stringify(name)} is not a name that can be allowed.`);
    const known = isWildcard ? below : exact;
    const all = known.get(hostName) ?? new Set<number>();
    for (const port of ports) {
      const isPort = Number.isInteger(port) && port >= 1 && port <= 65_535;
      if (!isPort || NEVER_PORTS.includes(port)) throw new Error(`Port ${port} of ${name} can't be allowed.`);
      all.add(port);
    }
    known.set(hostName, all);
  }

  return {
    portsOf(name) {
      const hostName = normaliseHostName(name);
      if (hostName === null) return new Set();
      const found = new Set(exact.get(hostName));
      const labels = hostName.split(".");
      for (let i = 1; i < labels.length; i += 1)
        for (const port of below.get(labels.slice(i).join(".")) ?? []) found.add(port);
      return found;
    },
  };
}
