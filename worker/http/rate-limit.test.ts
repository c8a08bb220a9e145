import { readFile } from "node:fs/promises";
import path from "node:path";
import { expect, it } from "vitest";
import { REQUESTS_PER_MINUTE } from "./rate-limit.ts";

it("says the limit that Cloudflare is told to keep", async () => {
  const config = await readFile(path.resolve(import.meta.dirname, "../../wrangler.toml"), "utf8");
  expect(config).toContain(`simple = { limit = ${REQUESTS_PER_MINUTE}, period = 60 }`);
});
