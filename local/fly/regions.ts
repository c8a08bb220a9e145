import { unprocessable } from "./errors.ts";

/** Region codes as listed 2025-06 (facts/fly.md section 2, `GET /platform/regions`). */
const REGIONS: readonly { code: string; name: string; geo: string; latitude: number; longitude: number }[] = [
  { code: "ams", name: "Amsterdam, Netherlands", geo: "europe", latitude: 52.37, longitude: 4.9 },
  { code: "arn", name: "Stockholm, Sweden", geo: "europe", latitude: 59.66, longitude: 17.92 },
  { code: "bom", name: "Mumbai, India", geo: "asia_pacific", latitude: 19.09, longitude: 72.87 },
  { code: "cdg", name: "Paris, France", geo: "europe", latitude: 48.86, longitude: 2.35 },
  { code: "dfw", name: "Dallas, Texas (US)", geo: "north_america", latitude: 32.78, longitude: -96.8 },
  { code: "ewr", name: "Secaucus, NJ (US)", geo: "north_america", latitude: 40.79, longitude: -74.06 },
  { code: "fra", name: "Frankfurt, Germany", geo: "europe", latitude: 50.11, longitude: 8.68 },
  { code: "gru", name: "Sao Paulo, Brazil", geo: "south_america", latitude: -23.55, longitude: -46.63 },
  { code: "iad", name: "Ashburn, Virginia (US)", geo: "north_america", latitude: 39.02, longitude: -77.54 },
  { code: "jnb", name: "Johannesburg, South Africa", geo: "africa", latitude: -26.2, longitude: 28.05 },
  {
    code: "lax",
    name: "Los Angeles, California (US)",
    geo: "north_america",
    latitude: 33.94,
    longitude: -118.41,
  },
  { code: "lhr", name: "London, United Kingdom", geo: "europe", latitude: 51.52, longitude: -0.12 },
  { code: "nrt", name: "Tokyo, Japan", geo: "asia_pacific", latitude: 35.62, longitude: 139.78 },
  { code: "ord", name: "Chicago, Illinois (US)", geo: "north_america", latitude: 41.89, longitude: -87.63 },
  { code: "sin", name: "Singapore, Singapore", geo: "asia_pacific", latitude: 1.34, longitude: 103.81 },
  {
    code: "sjc",
    name: "San Jose, California (US)",
    geo: "north_america",
    latitude: 37.35,
    longitude: -121.96,
  },
  { code: "syd", name: "Sydney, Australia", geo: "asia_pacific", latitude: -33.87, longitude: 151.21 },
  { code: "yyz", name: "Toronto, Canada", geo: "north_america", latitude: 43.65, longitude: -79.38 },
];

const CODES: ReadonlySet<string> = new Set(REGIONS.map((region) => region.code));

/** Meta-regions and the region this server picks inside each. Machines accept them, volumes don't (Kilo-Org/cloud #388). */
const META_REGIONS: Readonly<Record<string, string>> = {
  any: "iad",
  apac: "sin",
  eu: "ams",
  na: "iad",
  sa: "gru",
  us: "iad",
  usa: "iad",
};

export const DEFAULT_REGION = "iad";

/** The answer of `GET /v1/platform/regions`. */
export function describeRegions(): Record<string, unknown> {
  return {
    nearest: DEFAULT_REGION,
    regions: REGIONS.map((region) => ({
      code: region.code,
      name: region.name,
      geo_region: region.geo,
      latitude: region.latitude,
      longitude: region.longitude,
      gateway_available: true,
      requires_paid_plan: false,
      deprecated: false,
    })),
  };
}

/**
 * The region a machine lands in: the first usable of a list such as "iad,us,any". A mounted volume pins it, because a
 * volume sits on one host (superfly/docs volumes/overview): null when the list leaves the volume's region out.
 */
export function placeMachine(wanted: string | undefined, volumeRegion: string | undefined): string | null {
  const places = (wanted ?? "").split(",").filter((code) => code !== "");
  for (const code of places) {
    if (!CODES.has(code) && META_REGIONS[code] === undefined) throw unknownRegion(code);
  }
  if (volumeRegion !== undefined) {
    const fits =
      places.length === 0 || places.includes(volumeRegion) || places.some((code) => !CODES.has(code));
    return fits ? volumeRegion : null;
  }
  const first = places[0];
  return first === undefined ? DEFAULT_REGION : (META_REGIONS[first] ?? first);
}

/** The region of a new volume; a meta-region is refused. */
export function placeVolume(wanted: string | undefined): string {
  if (wanted === undefined || wanted === "") return DEFAULT_REGION;
  if (!CODES.has(wanted)) throw unknownRegion(wanted);
  return wanted;
}

function unknownRegion(code: string): Error {
  return unprocessable(`region ${code} not found`);
}
