import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { startVendors } from "../../local/vendors/server.ts";
import { startMail } from "../../local/mail/server.ts";
import { bundleWorker } from "../../local/workers/bundle.ts";
import type { ControlPlane } from "../../local/workers/control-plane.ts";
import { startControlPlane } from "../../local/workers/control-plane.ts";
import { apiClient } from "../../worker/contract/client.ts";
import { create } from "../../worker/contract/deployments.ts";
import { OPERATIONS } from "../../worker/http/routes/index.ts";
import type { Mutation } from "../support/mutant.ts";
import { mutant } from "../support/mutant.ts";
import { startStubFly } from "../support/stub-fly.ts";
import { testVars } from "../support/vars.ts";
import { castFor, IDENTITIES } from "./identities.ts";
import type { Failure } from "./matrix.ts";
import { runMatrix } from "./matrix.ts";

/**
 * `npm run test:authz [-- --json]`: who may do what. Every operation of the router, as everybody, against the real Worker
 * in workerd. At the end a build with one guard left out is asked, too: the matrix must find it.
 */
const ROOT = path.resolve(import.meta.dirname, "../..");
const ORGANIZATION = "matrix";
const TOKEN = "matrix-token";

const PLANTED: Mutation = {
  name: "an operation nobody guards",
  file: "worker/http/route.ts",
  find: "const access = accessOf(definition);",
  replace:
    'const access: Access = definition.operationId === "readTokens" ? { who: "anybody" } : accessOf(definition);',
};

const { values } = parseArgs({ options: { json: { type: "boolean", default: false } } });
const operations = OPERATIONS.map(({ definition }) => definition);
const directory = await mkdtemp(path.join(os.tmpdir(), "launchpad-authz-"));
const fly = await startStubFly({ directory, token: TOKEN, org: ORGANIZATION });
const mail = await startMail({ file: path.join(directory, "mail.jsonl"), port: 0 });
const vendors = await startVendors({ port: 0 });

async function plane(mutation: Mutation | null, persist: string): Promise<ControlPlane> {
  return startControlPlane({
    worker: await bundleWorker(
      path.join(ROOT, "worker/index.ts"),
      mutation === null ? [] : [mutant(mutation)],
    ),
    onLog: () => undefined,
    port: 0,
    persist: path.join(directory, persist),
    requestsPerMinute: 100_000,
    vars: testVars({
      fly,
      mailUrl: mail.url,
      vendorsUrl: vendors.url,
    }),
  });
}

async function ask(
  control: ControlPlane,
  definitions: typeof operations,
): Promise<{ cells: number; failures: readonly Failure[] }> {
  const base = control.url.origin;
  const db = await control.d1();
  // Made by the API itself, so that its object exists; then it is the account's of each cast in turn.
  const deployment = await newDeployment(base, db);
  return runMatrix({
    base,
    operations: definitions,
    cast: (row) =>
      castFor(db, {
        now: Date.now(),
        scope: row.for === "account" ? (row.scope ?? null) : null,
        deploymentOf: async (account) => {
          await db
            .prepare("UPDATE deployments SET account_id = ? WHERE id = ?")
            .bind(account, deployment)
            .run();
          return deployment;
        },
      }),
  });
}

/** A deployment of an account of its own. */
async function newDeployment(base: string, db: Awaited<ReturnType<ControlPlane["d1"]>>) {
  const cast = await castFor(db, {
    scope: null,
    deploymentOf: async () => "dep_none" as never,
    now: Date.now(),
  }); // Not asked for.
  const token = (cast.who.owner.headers["authorization"] ?? "").replace(/^Bearer /, "");
  const json = { name: "matrix", runtime: "openclaw", region: "fra", tier: "shared" } as const;
  const { id } = await apiClient({ baseUrl: base, token }).call(create, { json });
  return id as Awaited<ReturnType<typeof castFor>>["ids"]["deployment"];
}

try {
  const real = await plane(null, "real");
  const { cells, failures } = await ask(real, operations);
  await real.close();

  const planted = await plane(PLANTED, "planted");
  const found = await ask(
    planted,
    operations.filter(({ operationId }) => operationId === "readTokens"),
  );
  await planted.close();

  const plantedFound = found.failures.length > 0;
  const result = {
    routes: operations.length,
    identities: IDENTITIES.length,
    cells,
    failures: failures.length,
    plantedFound,
  };
  if (values.json) console.log(JSON.stringify(result));
  else
    console.log(
      `${result.routes} operations × ${result.identities} identities: ${cells} cells, ${failures.length} failures; the planted operation without a guard was ${plantedFound ? "" : "NOT "}found`,
    );
  for (const { operation, identity, expected, got } of failures)
    console.error(`${operation} as ${identity}: expected ${expected}, got ${got}`);
  if (failures.length > 0 || !plantedFound) process.exitCode = 1;
} finally {
  await Promise.all([fly.stop(), mail.close(), vendors.close()]);
  await rm(directory, { recursive: true, force: true });
}
