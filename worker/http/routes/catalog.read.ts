import { catalog } from "../../contract/catalog.ts";
import { DEFAULT_EGRESS } from "../../domain/egress.ts";
import { DEFAULT_REGION, REGION_CODES, REGIONS } from "../../domain/regions.ts";
import { RUNTIMES } from "../../domain/runtimes/index.ts";
import { operation } from "../route.ts";

export const catalogRead = operation(catalog, (c) =>
  c.json(
    {
      runtimes: Object.values(RUNTIMES).map(({ id, title, summary, legacy, versions }) => ({
        id,
        title,
        summary,
        legacy,
        versions: [...versions],
      })),
      regions: REGION_CODES.map((code) => ({ code, title: REGIONS[code] })),
      defaultRegion: DEFAULT_REGION,
      egress: DEFAULT_EGRESS.map(({ name }) => name),
    },
    200,
  ),
);
