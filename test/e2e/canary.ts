import { parseArgs } from "node:util";
import { listen } from "../../local/process/listen.ts";
import { startModel } from "../../local/model/server.ts";
import { Assistant } from "./canary/assistant.ts";
import type { Findings } from "./canary/findings.ts";
import { anthropicKey } from "./canary/marks.ts";
import { Person } from "./canary/person.ts";
import { PLACES } from "./canary/places.ts";
import { PLANTS } from "./canary/plants.ts";
import type { Act } from "./canary/run.ts";
import { run } from "./canary/run.ts";
import { EMAIL, endIt, liveThrough, meet, readAtFly, readEverything } from "./canary/story.ts";

/**
 * `npm run e2e:canary [-- --json] [--backend stub]`: a customer lives through the whole story with secrets that can be
 * told from all other text; then they are looked for everywhere, in every form (`canary/search.ts`). What may be found
 * where, and why, is in `canary/allowed.ts`; everything else is a leak. A second, short run of a build that leaks on
 * purpose proves that the search finds.
 */
const { values } = parseArgs({
  options: { json: { type: "boolean", default: false }, backend: { type: "string", default: "process" } },
});
const { backend } = values;
if (backend !== "process" && backend !== "stub") throw new Error(`There is no backend ${backend}.`);
const say = values.json ? console.error : console.log;
const begunAt = performance.now();

/** A Telegram that knows no bot, so that the assistant complains of its token. */
const startTelegram = () =>
  listen(
    () => Response.json({ ok: false, error_code: 401, description: "Unauthorized" }, { status: 401 }),
    0,
  );

const whole: Act = async (life, failing, lookNow) => {
  const model = await startModel({});
  const telegram = await startTelegram();
  const vendors = { modelUrl: model.url, telegramUrl: telegram.url };
  try {
    const owner = await meet(life);
    const assistant = await liveThrough(life, { owner, vendors, failing });
    await life.tell("all of it is read: by its owner, by operators, at Fly", () =>
      readEverything(life, owner, assistant),
    );
    await lookNow();
    await endIt(life, owner);
  } finally {
    await Promise.all([model.close(), telegram.close()]);
  }
};

/** As much as it takes for every planted leak to leak. */
const short: Act = async (life, _, lookNow) => {
  const owner = new Person(life, EMAIL);
  await life.tell("sign up and log in", async () => {
    await owner.signUp();
    await owner.logIn();
  });
  const assistant = await life.tell("create → ready", () => Assistant.create(life, owner));
  await life.tell("keep a secret, apply it, print it", async () => {
    const secret = life.marks.make("secret", "ANTHROPIC_API_KEY", anthropicKey);
    await assistant.keep("ANTHROPIC_API_KEY", secret);
    await assistant.apply();
    life.marks.printed(secret);
    await assistant.print(secret.value);
    await readAtFly(life, assistant);
  });
  await lookNow();
};

const main = await run("The story, with marked secrets", { backend, plants: [], say }, whole);
const planted = await run(
  "The same in short, with a build that leaks",
  { backend: "stub", plants: PLANTS, say },
  short,
);
if (main !== null && planted !== null) report(main.findings, main.marks, planted.findings);

function report(findings: Findings, marks: number, leaky: Findings): void {
  const missed = PLANTS.filter(
    ({ place, form }) => !leaky.hits.some((hit) => hit.place === place && hit.form === form),
  );
  // A place where nothing was looked at proves nothing; processes can be looked at on Linux alone.
  const unseen = PLACES.filter(
    (place) =>
      !findings.looked.has(place) &&
      (process.platform === "linux" || !["command lines", "environments"].includes(place)) &&
      (backend === "process" || place !== "machines' consoles"),
  );
  const result = {
    marks,
    places: findings.looked.size,
    hits: findings.hits.length,
    plantedFound: missed.length === 0,
    looked: Object.fromEntries(findings.looked),
    allowed: Object.fromEntries(findings.allowed),
    leaks: findings.hits,
    unseen,
    seconds: Math.round((performance.now() - begunAt) / 1000),
  };
  if (values.json) console.log(JSON.stringify(result));
  else tellPeople(result);
  for (const { name } of missed) console.error(`The planted leak "${name}" was not found.`);
  for (const place of unseen) console.error(`Nothing was looked at in "${place}".`);
  if (result.hits > 0 || missed.length > 0 || unseen.length > 0) process.exitCode = 1;
}

function tellPeople(result: {
  marks: number;
  places: number;
  hits: number;
  plantedFound: boolean;
  looked: Readonly<Record<string, { looks: number; bytes: number; allowed: number }>>;
  allowed: Readonly<Record<string, number>>;
  leaks: Findings["hits"];
}): void {
  for (const [place, { looks, bytes, allowed }] of Object.entries(result.looked))
    console.log(
      `  ${place}: ${looks} looked at, ${(bytes / 1024).toFixed(0)} KiB${allowed === 0 ? "" : `, ${allowed} allowed`}`,
    );
  for (const [reason, count] of Object.entries(result.allowed)) console.log(`  allowed ${count}×: ${reason}`);
  for (const { mark, form, place, where, around } of result.leaks)
    console.log(`  LEAK of ${mark} (${form}) in ${place}: ${where}\n       ${around}`);
  console.log(
    `${result.marks} marks in ${result.places} places: ${result.hits} hits; the planted leaks were ${result.plantedFound ? "" : "NOT all "}found`,
  );
}
