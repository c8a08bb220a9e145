import { readFile } from "node:fs/promises";
import path from "node:path";
import { operatorSession } from "../../../local/operator.ts";
import { closeAccount, readAudit } from "../../../worker/contract/account.ts";
import { adminDeployment, readFleet } from "../../../worker/contract/admin.ts";
import { me } from "../../../worker/contract/auth.ts";
import { exportAccount } from "../../../worker/contract/export.ts";
import { searchAudit, verifyAudit } from "../../../worker/contract/operators.ts";
import { waitFor } from "../support/wait-for.ts";
import { Assistant } from "./assistant.ts";
import type { Life } from "./life.ts";
import { anthropicKey, awkward, botToken, openAiKey, randomText } from "./marks.ts";
import type { Mark } from "./marks.ts";
import { Person } from "./person.ts";
import { keyOfTrouble, provokeAnonymously, provokeAsOwner } from "./provoke.ts";

/** The main story, whole: everything that touches a secret, and everything that goes wrong with one. */
export const EMAIL = "ada@example.com";
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** And a little: it is destroyed when it is over. */
const WEEK_MS = 7 * 24 * HOUR_MS + MINUTE_MS;
const DESTROY_TIMEOUT_MS = 10 * MINUTE_MS;
const FOLLOW_MS = 3_000;

/** What the control plane itself goes by. */
export async function markHouse(life: Life, state: string): Promise<void> {
  const text = await readFile(path.join(state, "settings.json"), "utf8");
  const { flyToken, operatorToken, kek, doorKeys } = JSON.parse(text) as Record<string, string>; // Written by local/state-dir.ts.
  const [doorKey] = JSON.parse(doorKeys ?? "[]") as { d: string }[];
  for (const [what, value] of Object.entries({ flyToken, operatorToken, kek, "the door's key": doorKey?.d }))
    life.marks.add("house", what, value ?? "");
}

/** Where the assistant itself finds whom its secrets are for. */
export type Vendors = { modelUrl: string; telegramUrl: string };

export async function meet(life: Life): Promise<Person> {
  const owner = new Person(life, EMAIL);
  await life.tell("mistakes before anybody is known", () => provokeAnonymously(life));
  await life.tell("sign up, open the mailed link, log in", async () => {
    await owner.signUp();
    await owner.logIn();
    await owner.logInByBrowser();
  });
  return owner;
}

export async function liveThrough(
  life: Life,
  { owner, vendors, failing }: { owner: Person; vendors: Vendors; failing: string },
): Promise<Assistant> {
  const { tell } = life;
  const assistant = await tell("create → ready", () => Assistant.create(life, owner));
  const stopWatching = await life.recorder.watch(
    `${life.addresses.api.replace(/^http/, "ws")}/deployments/${assistant.id}/live`,
    owner.headers,
  );
  const secrets = await keepSecrets(life, assistant, vendors);
  await tell("mistakes of its owner", () => provokeAsOwner(life, owner, assistant));
  await tell("it prints its secrets; its owner reads [redacted]", () => printAll(life, assistant, secrets));
  await tell("its log, followed", () =>
    life.recorder.listen(
      "api",
      `${life.addresses.api}/deployments/${assistant.id}/logs?lines=500&follow=1`,
      owner.headers,
      FOLLOW_MS,
    ),
  );
  await tell("a backup", () => assistant.backUp());
  await tell(`an update to ${failing} fails and is put back, with lines of its log`, async () => {
    const { lastOutcome } = await assistant.updateInVain(failing);
    if (lastOutcome?.lines.some((line) => line.includes("[redacted]")) !== true)
      throw new Error(`The lines don't show what was printed: ${JSON.stringify(lastOutcome?.lines)}`);
  });
  await tell("the door, a page through it, and knocks that are refused", () => assistant.openDoor());
  await tell("a roll-back", () => assistant.rollBack());
  await tell("a step-up, a second factor, codes on paper, another password, a reset", async () => {
    await owner.stepUp();
    await owner.setUpSecondFactor();
    await owner.logIn();
    await owner.stepUp();
    await owner.changePassword();
    await owner.resetPassword();
    await owner.logIn();
    owner.forgetApp();
    await owner.logIn();
  });
  await tell("an API token, an invitation", async () => {
    await owner.useApiToken();
    await owner.inviteSomebody();
  });
  stopWatching();
  return assistant;
}

/** Kept, brought to the machine, replaced, deleted. Answers those its process has in the end. */
async function keepSecrets(life: Life, assistant: Assistant, vendors: Vendors): Promise<readonly Mark[]> {
  const { tell, marks } = life;
  const first = marks.make("secret", "ANTHROPIC_API_KEY, replaced", keyOfTrouble);
  const second = marks.make("secret", "ANTHROPIC_API_KEY", anthropicKey);
  const openAi = marks.make("secret", "OPENAI_API_KEY", openAiKey);
  const bot = marks.make("secret", "TELEGRAM_BOT_TOKEN", botToken);
  const own = awkward(randomText());
  const weather = marks.add("secret", "WEATHER_KEY", own.value, { cores: own.cores });
  const dropped = marks.make("secret", "NOTES_PASSPHRASE, deleted");
  await tell("keep secrets", async () => {
    await assistant.keep("ANTHROPIC_API_KEY", first);
    await assistant.keep("OPENAI_API_KEY", openAi);
    await assistant.keep("TELEGRAM_BOT_TOKEN", bot);
    await assistant.keep("WEATHER_KEY", weather, false);
    await assistant.keep("NOTES_PASSPHRASE", dropped);
  });
  await tell("a configuration that refers to them, which brings them to the machine", () =>
    assistant.configure(configFor(vendors)),
  );
  await tell("the assistant's process has them, whole", async () => {
    await expectInside(assistant, "ANTHROPIC_API_KEY", first.value);
    await expectInside(assistant, "WEATHER_KEY", weather.value);
    await expectInside(assistant, "NOTES_PASSPHRASE", dropped.value);
  });
  await tell("replace one, delete one, apply", async () => {
    await assistant.keep("ANTHROPIC_API_KEY", second);
    await assistant.forget("NOTES_PASSPHRASE");
    await assistant.apply();
  });
  await tell("one is replaced inside, one is gone", async () => {
    await expectInside(assistant, "ANTHROPIC_API_KEY", second.value);
    await expectInside(assistant, "NOTES_PASSPHRASE", null);
  });
  await assistant.markOurOwn();
  return [second, openAi, weather];
}

async function expectInside(assistant: Assistant, name: string, value: string | null): Promise<void> {
  const has = await assistant.environment(name);
  if (has !== (value === null ? null : `${value}\n`)) throw new Error(`${name} is another one inside.`);
}

/** Everything that can be read of it, by its owner, by operators and at Fly. */
export async function readEverything(life: Life, owner: Person, assistant: Assistant): Promise<void> {
  const { client } = owner;
  await assistant.readAll();
  await client.call(me, {});
  await client.call(exportAccount, {});
  const { account } = await client.call(me, {});
  await client.call(readAudit, { query: { limit: 200 } });
  await readAsOperator(life, assistant, account.id);
  await readAtFly(life, assistant);
  await life.recorder.fetchFrom("mail")(`${life.addresses.mail}/messages`);
  await life.recorder.fetchFrom("mail")(life.addresses.mail);
  await life.recorder.fetchFrom("dashboard")(life.addresses.dashboard);
}

async function readAsOperator(life: Life, assistant: Assistant, accountId: string): Promise<void> {
  const { addresses } = life;
  const client = life.client(await operatorSession(addresses, addresses.operator));
  await client.call(readFleet, {});
  await client.call(adminDeployment, { params: { id: assistant.id } });
  for (const chain of [accountId, "operators", "nobody"]) {
    await client.call(searchAudit, { query: { chain, limit: 200 } });
    await client.call(verifyAudit, { query: { chain } });
  }
}

/** As Fly answers whoever has the organisation's token. */
export async function readAtFly(life: Life, { app }: Assistant): Promise<void> {
  const { fly, flyToken, flyOrg } = life.addresses;
  const ask = async (where: string): Promise<unknown> => {
    const answer = await life.recorder.fetchFrom("fly")(`${fly}${where}`, {
      headers: { authorization: `Bearer ${flyToken}` },
    });
    return answer.json();
  };
  const machines = (await ask(`/v1/apps/${app}/machines`)) as { id: string }[]; // Pinned by its conformance tests.
  for (const { id } of machines)
    for (const part of ["", "/events", "/versions", "/metadata"])
      await ask(`/v1/apps/${app}/machines/${id}${part}`).catch(() => null); // Not every part exists locally.
  for (const part of ["", "/secrets", "/volumes", "/ip_assignments"])
    await ask(`/v1/apps/${app}${part}`).catch(() => null);
  await ask(`/v1/orgs/${flyOrg}/machines`);
  await ask(`/api/v1/apps/${app}/logs`);
}

/** A day passes, for the anchors; the account is closed; a week later nothing of it is left. */
export async function endIt(life: Life, owner: Person): Promise<void> {
  await life.tell("a day passes", async () => {
    await life.pass(13 * HOUR_MS);
    await life.pass(13 * HOUR_MS);
  });
  await life.tell("the account is exported and closed", async () => {
    await owner.logIn();
    await owner.client.call(exportAccount, {});
    await owner.client.call(closeAccount, {});
  });
  await life.tell("a week later it is destroyed", async () => {
    await life.pass(WEEK_MS);
    await waitFor("the letter that says so", DESTROY_TIMEOUT_MS, async () => {
      await life.pass(MINUTE_MS);
      return (await life.mailTo(owner.email, "has been destroyed")) === null ? null : true;
    });
  });
}

async function printAll(life: Life, assistant: Assistant, secrets: readonly Mark[]): Promise<void> {
  for (const secret of secrets) {
    life.marks.printed(secret);
    for (const written of [
      secret.value,
      `the whole of it in JSON: ${JSON.stringify({ key: secret.value })}`,
      `GET /?key=${encodeURIComponent(secret.value)}`,
      `GET /?${new URLSearchParams({ key: secret.value }).toString()}`,
      ...["", "a:", "ab:"].map((user) => `Basic ${Buffer.from(`${user}${secret.value}`).toString("base64")}`),
      `in hex ${Buffer.from(secret.value).toString("hex")}`,
    ]) {
      const shown = (await assistant.print(written)).join("\n");
      if (!shown.includes("[redacted]")) throw new Error(`Its owner reads, not redacted: ${secret.what}`);
    }
  }
}

const configFor = ({ modelUrl, telegramUrl }: Vendors) => {
  const models = [{ id: "launchpad-echo", name: "Echo", contextWindow: 128_000, maxTokens: 4_096 }];
  const provider = {
    baseUrl: modelUrl,
    api: "openai-completions",
    apiKey: "${ANTHROPIC_API_KEY}",
    headers: { "x-weather": "Key ${OPENAI_API_KEY}" },
    models,
  };
  return {
    models: { mode: "merge", providers: { mine: provider } },
    agents: { defaults: { model: { primary: "mine/launchpad-echo" } } },
    channels: { telegram: { botToken: "${TELEGRAM_BOT_TOKEN}", apiRoot: telegramUrl } },
  };
};
