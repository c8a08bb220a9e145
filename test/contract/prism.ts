import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { catalog, health } from "../../worker/contract/catalog.ts";
import { createToken } from "../../worker/contract/tokens.ts";
import { OPERATIONS } from "../../worker/http/routes/index.ts";
import type { Mutation } from "../support/mutant.ts";
import { tellLies } from "./lies.ts";
import type { Ground } from "./plane.ts";
import { layGround, OPERATOR_TOKEN, ORIGIN } from "./plane.ts";
import { startPrism } from "./proxy.ts";
import { Recorder } from "./recorder.ts";
import type { Exchange } from "./recorder.ts";
import { refuseAll } from "./refusals.ts";
import { account } from "./stories/account.ts";
import { billing } from "./stories/billing.ts";
import { deployments } from "./stories/deployments.ts";
import { person } from "./stories/person.ts";
import { service } from "./stories/service.ts";
import { readStreams, STREAMS } from "./streams.ts";
import { asking, logInAs, newPerson, PASSWORD, refusable, refusalOf } from "./world.ts";
import type { World } from "./world.ts";

/**
 * `npm run test:contract [-- --json]`: whether `docs/openapi.json` is true. Every operation of the router goes well and
 * is refused at least once, against the real Worker in workerd, through Prism, which holds each request and each answer
 * against the document. At the end a build with one field of a wrong type is asked, and every answer is told again with a
 * lie in it: both must be found.
 */
const PLANTED: Mutation = {
  name: "a field of a wrong type",
  file: "worker/http/views.ts",
  find: "createdBy: token.userId,",
  replace: "createdBy: 7,",
};
const NO_LIMIT = 100_000;
const FEW = 30;
const ALLOW_PLACES = `UPDATE subscriptions SET deployments_limit = ? WHERE account_id =
  (SELECT account_id FROM users WHERE email = ?)`;

const { values } = parseArgs({ options: { json: { type: "boolean", default: false } } });
const definitions = OPERATIONS.map(({ definition }) => definition);
const directory = await mkdtemp(path.join(os.tmpdir(), "launchpad-contract-"));
const ground = await layGround(directory);

/** A control plane with Prism in front of it, while something happens to it. */
async function on(
  options: Parameters<Ground["plane"]>[0],
  happen: (world: World) => Promise<void>,
): Promise<Recorder> {
  const plane = await ground.plane(options);
  const upstream = plane.url.origin;
  const strict = await startPrism({ upstream, isStrict: true });
  const lenient = await startPrism({ upstream, isStrict: false });
  const recorder = new Recorder();
  try {
    await happen({
      strict: strict.url,
      lenient: lenient.url,
      direct: upstream,
      recorder,
      mailUrl: ground.mailUrl,
      clockUrl: ground.clockUrl,
      stripeUrl: ground.stripeUrl,
      now: ground.now,
      origin: ORIGIN,
      operatorToken: OPERATOR_TOKEN,
      allowPlaces: async (email, places) => {
        const d1 = await plane.d1();
        await d1.prepare(ALLOW_PLACES).bind(places, email).run();
      },
    });
  } finally {
    await Promise.all([strict.stop(), lenient.stop(), plane.close()]);
  }
  return recorder;
}

const problems: string[] = [];

async function everything(world: World): Promise<void> {
  const { operator } = await service(world);
  await person(world);
  await account(world);
  await billing(world);
  const { owner, deployment } = await deployments(world, operator);
  await readStreams(world, owner.token, deployment);
  const token = await logInAs(world, owner.email, PASSWORD);
  problems.push(
    ...(await refuseAll(world, definitions, ({ security }) =>
      security?.length === 0 ? null : security?.some((one) => "operator" in one) ? operator : token,
    )),
  );
}

/** Whoever asks too often is told so, also where nothing else is ever refused. */
async function tooMany(world: World): Promise<void> {
  for (const route of [catalog, health])
    for (let asked = 0; ; asked += 1) {
      const answer = await refusalOf(refusable(world).call(route, {}));
      if (answer === "rate.limited") break;
      if (asked > 2 * FEW) throw new Error(`Nobody was told that ${route.path} was asked too often.`);
    }
}

async function planted(world: World): Promise<void> {
  const { token } = await newPerson(world, "planted");
  // Prism answers in the place of what doesn't fit.
  await refusalOf(
    asking(world, token).call(createToken, { json: { name: "planted", scopes: ["audit:read"], days: 1 } }),
  );
}

/** Operations that never went well, or were never refused. */
const missing = (exchanges: readonly Exchange[]): string[] =>
  definitions.flatMap(({ operationId = "" }) => {
    const seen = exchanges.filter(({ operation }) => operation === operationId);
    const isWell = operationId in STREAMS || seen.some(({ status }) => status < 300);
    const isRefused = seen.some(({ status }) => status >= 400 && status < 500);
    return [
      ...(isWell ? [] : [`${operationId} never went well`]),
      ...(isRefused ? [] : [`${operationId} was never refused`]),
    ];
  });

const violationsIn = (exchanges: readonly Exchange[]): string[] =>
  exchanges.flatMap(({ operation, status, violations }) =>
    violations.map((violation) => `${operation} (${status}): ${violation}`),
  );

try {
  const real = await on({ name: "real", requestsPerMinute: NO_LIMIT }, (world) =>
    everything(world).catch((error: unknown) => {
      problems.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
    }),
  );
  const limited = await on({ name: "limited", requestsPerMinute: FEW }, tooMany);
  const wrong = await on({ name: "planted", requestsPerMinute: NO_LIMIT, mutation: PLANTED }, planted);

  const exchanges = [...real.exchanges, ...limited.exchanges];
  const violations = violationsIn(exchanges);
  const lies = await tellLies(exchanges);
  problems.push(
    ...violations,
    ...missing(exchanges),
    ...lies.believed.map(({ operation, status, what }) => `${operation} (${status}): Prism believed ${what}`),
  );
  const plantedFound = violationsIn(wrong.exchanges).some((violation) => violation.includes("createdBy"));
  if (!plantedFound) problems.push("The planted field of a wrong type was not found.");
  const result = {
    operations: definitions.length,
    requests: exchanges.length,
    violations: violations.length,
    streams: Object.keys(STREAMS),
    lies: lies.told,
    believed: lies.believed.length,
    plantedFound,
  };
  if (values.json) console.log(JSON.stringify(result));
  else
    console.log(
      `${result.operations} operations, ${result.requests} requests through Prism: ${result.violations} violations; ${result.lies} lies told, ${result.believed} believed; the planted field of a wrong type was ${plantedFound ? "" : "NOT "}found. Not through Prism when they go well: ${result.streams.join(", ")}.`,
    );
  for (const one of new Set(problems)) console.error(one);
  if (problems.length > 0) process.exitCode = 1;
} finally {
  await ground.close();
  await rm(directory, { recursive: true, force: true });
}
