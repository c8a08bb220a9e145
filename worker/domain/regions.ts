/**
 * The regions that are offered, with the words customers read (`GET /platform/regions`, listed 2025-06). Three of Fly's
 * are not, because no plan would carry them: San José (machines 1.15 times as dear), Mumbai and Johannesburg (egress
 * six times as dear). That all others leave enough is a test (`margin.test.ts`).
 */
export const REGIONS = {
  ams: "Amsterdam",
  arn: "Stockholm",
  cdg: "Paris",
  dfw: "Dallas",
  ewr: "New Jersey",
  fra: "Frankfurt",
  gru: "São Paulo",
  iad: "Virginia",
  lax: "Los Angeles",
  lhr: "London",
  nrt: "Tokyo",
  ord: "Chicago",
  sin: "Singapore",
  syd: "Sydney",
  yyz: "Toronto",
} as const;

export type Region = keyof typeof REGIONS;

export const REGION_CODES = Object.keys(REGIONS) as [Region, ...Region[]]; // Object.keys widens to string.
export const DEFAULT_REGION: Region = "fra";

/** Neighbours whose data protection law and distance a customer of one would accept for another, near ones first. */
const AREAS: readonly (readonly Region[])[] = [
  ["fra", "ams", "cdg", "lhr", "arn"],
  ["iad", "ewr", "yyz", "ord", "dfw", "lax"],
  ["sin", "nrt", "syd"],
  ["gru"],
];

/** Where a deployment may go when its own region is full: the region itself first, never another area. */
export function nearbyRegions(region: Region): readonly Region[] {
  const area = AREAS.find((regions) => regions.includes(region)) ?? [region];
  return [region, ...area.filter((other) => other !== region)];
}
