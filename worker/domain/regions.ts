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
