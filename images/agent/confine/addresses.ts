import ipaddr from "ipaddr.js";

/**
 * Whether an address is one of the public Internet. What isn't is never reached, whatever a name resolves to: other
 * machines, cloud metadata, the host. IPv4 in an IPv6 address is refused with all other transitions.
 */
export function isPublicAddress(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.parse(address).range() === "unicast";
}

/** The same for the kernel, which sees packets and not names. IANA's special-purpose registries, read 2026-11. */
export const SPECIAL_RANGES: { readonly v4: readonly string[]; readonly v6: readonly string[] } = {
  v4: [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/3",
  ],
  v6: [
    "::/96",
    "::ffff:0:0/96",
    "64:ff9b::/96",
    "64:ff9b:1::/48",
    "100::/64",
    "2001::/23",
    "2001:db8::/32",
    "2002::/16",
    "3fff::/20",
    "5f00::/16",
    "fc00::/7",
    "fe80::/10",
    "ff00::/8",
  ],
};
