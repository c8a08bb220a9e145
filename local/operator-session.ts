import { readFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { operatorSchema, operatorSession } from "./operator.ts";
import { parseOptions } from "./options.ts";

/** `npm run -s operator`: logs in as the operator of the local cloud that runs, and prints the header for `/admin`. */
const summarySchema = z.object({ api: z.url(), clock: z.url(), operator: operatorSchema });

const { state } = parseOptions(process.argv.slice(2));
const file = path.join(state, "launchpad.json");
const text = await readFile(file, "utf8").catch(() => null);
if (text === null) {
  console.error(`Nothing runs in ${state}: ${file} is not there. Begin with npm start.`);
  process.exit(1);
}
const { api, clock, operator } = summarySchema.parse(JSON.parse(text));
console.log(`authorization: Bearer ${await operatorSession({ api, clock }, operator)}`);
