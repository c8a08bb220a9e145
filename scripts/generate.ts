import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { createApp } from "../worker/app.ts";
import { ERRORS } from "../worker/domain/errors.ts";
import type { Env } from "../worker/env.ts";
import { parseConfig } from "../worker/env.ts";
import { openApiDocument } from "../worker/http/openapi.ts";
import { commonPasswordsList } from "./common-passwords.ts";
import { phaseDiagram, procedureTable, stepTable } from "./lifecycle-tables.ts";
import { ROOT } from "./steps.ts";

/**
 * Writes what is generated from the code: `docs/openapi.json`, `docs/errors.md` and parts of `docs/architecture.md`. With `--check` it writes nothing and
 * fails when a file on disk differs.
 */
const config = parseConfig({
  ENVIRONMENT: "local",
  APP_ORIGIN: "http://localhost:8787",
  APPS_DOMAIN: "localhost:8787",
  FLY_API_BASE: "http://127.0.0.1:1",
  FLY_API_TOKEN: "none",
  FLY_ORG: "none",
  FLY_LOGS_BASE: "http://127.0.0.1:1",
  FLY_APPS_BASE: "http://127.0.0.1:1",
  IMAGE_BASE: "launchpad",
  KEK_ACTIVE: "docs",
  KEK_docs: Buffer.alloc(32).toString("base64"),
  DOOR_SIGNING_KEYS: JSON.stringify([
    { kty: "OKP", crv: "Ed25519", x: "0".repeat(43), d: "0".repeat(43), kid: "docs" },
  ]),
  CONTROL_PLANE_ID: "gen",
  MAIL_API_BASE: "http://127.0.0.1:1",
  MAIL_API_KEY: "none",
  MAIL_FROM: "none@example.com",
  STRIPE_SECRET_KEY: "sk_test_none0000",
  STRIPE_WEBHOOK_SECRETS: "whsec_none0000",
  PRICES:
    '{"shared":{"id":"price_shared"},"dedicated":{"id":"price_dedicated"},"extraDisk":{"id":"price_disk","meter":"mtr_disk","event":"disk"}}',
} as Partial<Env> as Env); // Bindings are not needed to describe the API.

const generated: Readonly<Record<string, string>> = {
  "docs/openapi.json": `${JSON.stringify(openApiDocument(createApp(config)), null, 2)}\n`,
  "docs/errors.md": errorList(),
  "worker/domain/common-passwords-list.ts": commonPasswordsList(),
  "docs/architecture.md": await filled("docs/architecture.md", {
    steps: stepTable(),
    phases: await phaseDiagram(),
    procedures: procedureTable(),
  }),
};

/** A file whose parts between `<!-- generated: name -->` and `<!-- /generated -->` are what the code says. */
async function filled(file: string, parts: Readonly<Record<string, string>>): Promise<string> {
  let text = await readFile(path.join(ROOT, file), "utf8");
  for (const [name, part] of Object.entries(parts)) {
    const marked = new RegExp(`(<!-- generated: ${name} -->\n)[^]*?(<!-- /generated -->)`);
    if (!marked.test(text)) throw new Error(`${file} has no place for ${name}.`);
    text = text.replace(marked, (_, before: string, after: string) => `${before}\n${part}\n\n${after}`);
  }
  return text;
}

function errorList(): string {
  const rows = Object.entries(ERRORS).map(
    ([code, { status, title, retryable }]) =>
      `| \`${code}\` | ${status} | ${title} | ${retryable ? "yes" : "no"} |`,
  );
  return [
    "# Errors",
    "",
    "Every error is a problem detail (RFC 9457) with one of these codes. Generated from `worker/domain/errors.ts` by `npm run generate`.",
    "",
    "| code | status | title | may the same request succeed later? |",
    "|---|---|---|---|",
    ...rows,
    "",
  ].join("\n");
}

let drifted = false;
for (const [file, content] of Object.entries(generated)) {
  const target = path.join(ROOT, file);
  if (!process.argv.includes("--check")) await writeFile(target, content);
  else if ((await readFile(target, "utf8").catch(() => "")) !== content) {
    console.error(`${file} is not what the code says. Run: npm run generate`);
    drifted = true;
  }
}
process.exit(drifted ? 1 : 0);
