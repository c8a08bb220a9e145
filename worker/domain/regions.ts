/** Fly's regions (`GET /platform/regions`, listed 2025-06) with the words customers read. */
export const REGIONS = {
  ams: "Amsterdam",
  arn: "Stockholm",
  bom: "Mumbai",
  cdg: "Paris",
  dfw: "Dallas",
  ewr: "New Jersey",
  fra: "Frankfurt",
  gru: "São Paulo",
  iad: "Virginia",
  jnb: "Johannesburg",
  lax: "Los Angeles",
  lhr: "London",
  nrt: "Tokyo",
  ord: "Chicago",
  sin: "Singapore",
  sjc: "San José",
  syd: "Sydney",
  yyz: "Toronto",
} as const;

export type Region = keyof typeof REGIONS;

export const REGION_CODES = Object.keys(REGIONS) as [Region, ...Region[]]; // Object.keys widens to string.
export const DEFAULT_REGION: Region = "fra";

/** Neighbours whose data protection law and distance a customer of one would accept for another, near ones first. */
const AREAS: readonly (readonly Region[])[] = [
  ["fra", "ams", "cdg", "lhr", "arn"],
  ["iad", "ewr", "yyz", "ord", "dfw", "lax", "sjc"],
  ["sin", "nrt", "bom", "syd"],
  ["gru"],
  ["jnb"],
];

/** Where a deployment may go when its own region is full: the region itself first, never another area. */
export function nearbyRegions(region: Region): readonly Region[] {
  const area = AREAS.find((regions) => regions.includes(region)) ?? [region];
  return [region, ...area.filter((other) => other !== region)];
}
