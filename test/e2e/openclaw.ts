import { startModel } from "../../local/model/server.ts";
import { get, update } from "../../worker/contract/deployments.ts";
import { openBrowser } from "./support/browser.ts";
import { appOf, flyClient, showsNothing } from "./support/fly.ts";
import { backendOption } from "./support/backend-option.ts";
import { ADD_JOB, JOB } from "./support/cron-job.ts";
import { deleted, Launchpad, logIn, mailedLink, served } from "./support/launchpad.ts";
import { processesOf } from "./support/processes.ts";
import { story } from "./support/story.ts";
import { waitFor } from "./support/wait-for.ts";

/**
 * `npm run e2e`: the main job, whole. A person signs up in a browser, presses Create, and a real OpenClaw gateway runs
 * as their own machine; they chat with it; what it knows survives a restart; deletion leaves nothing behind. `--backend podman` runs it in a container.
 */
const EMAIL = "ada@example.com";
const PASSWORD = "correct horse battery staple";
const NAME = "Ada's assistant";
const SAY = `hello from the end-to-end test ${Date.now()}`;

/** The first create downloads some 650 MB. */
const CREATE_TIMEOUT_MS = 15 * 60_000;
const CHANGE_TIMEOUT_MS = 5 * 60_000;

const model = await startModel({});
const launchpad = await Launchpad.create(backendOption(), {
  env: { LAUNCHPAD_MACHINES_REACH: new URL(model.url).port },
});
const browser = await openBrowser();

await story(
  "OpenClaw end to end",
  launchpad,
  async (tell) => {
    const addresses = await tell("npm start", () => launchpad.start());
    const fly = flyClient(addresses);
    const page = await browser.newPage();
    page.setDefaultTimeout(30_000);

    await tell("sign up in the dashboard and open the mailed link", async () => {
      await page.goto(`${addresses.dashboard}/signup`);
      await page.getByLabel("E-mail").fill(EMAIL);
      await page.getByLabel("Password").fill(PASSWORD);
      await page.getByRole("button", { name: "Sign up" }).click();
      await page
        .getByText(/check your mail/i)
        .first()
        .waitFor();
      await page.goto(await mailedLink(addresses.mail, EMAIL));
    });

    await tell("log in", async () => {
      await page.getByLabel("E-mail").fill(EMAIL);
      await page.getByLabel("Password").fill(PASSWORD);
      await page.getByRole("button", { name: "Log in", exact: true }).click();
      await page
        .getByRole("link", { name: "New deployment" })
        .or(page.getByRole("button", { name: "New deployment" }))
        .first()
        .waitFor();
    });

    const id = await tell("press Create", async () => {
      await page
        .getByRole("link", { name: "New deployment" })
        .or(page.getByRole("button", { name: "New deployment" }))
        .first()
        .click();
      await page.getByLabel("Name").fill(NAME);
      await page.getByRole("button", { name: "Create", exact: true }).click();
      await page.waitForURL(/\/deployments\/dep_/);
      return new URL(page.url()).pathname.split("/").at(-1) ?? "";
    });
    const client = await logIn(addresses.api, EMAIL, PASSWORD);
    const phase = page.getByTestId("phase");
    const app = appOf(id);

    await tell("the page says ready", () =>
      phase.filter({ hasText: /^ready/i }).waitFor({ timeout: CREATE_TIMEOUT_MS }),
    );
    const machine = await fly.onlyMachine(app);
    const hasStarted = async () => {
      const answer = await fly.ask(machine.id, "/startupz");
      const word = await answer.text();
      if (answer.status !== 200 || word !== "started")
        throw new Error(`/startupz answers ${answer.status} ${word}.`);
    };
    await tell(
      "at its own name its machine says one word for its start, and shows nothing else",
      async () => {
        await hasStarted();
        await showsNothing(fly, machine.id);
      },
    );
    await tell("the log shows its own lines", () =>
      page
        .getByTestId("logs")
        .getByText(/gateway|http server|listening/i)
        .first()
        .waitFor(),
    );

    await tell("a model is set through the configuration", async () => {
      const provider = {
        baseUrl: model.url,
        api: "openai-completions",
        models: [{ id: "launchpad-echo", name: "Echo", contextWindow: 128_000, maxTokens: 4_096 }],
      };
      const config = {
        models: { mode: "merge", providers: { mine: provider } },
        agents: { defaults: { model: { primary: "mine/launchpad-echo" } } },
      };
      await served(
        client,
        await client.call(update, { params: { id }, json: { config } }),
        CHANGE_TIMEOUT_MS,
      );
      await phase.filter({ hasText: /^ready/i }).waitFor();
    });

    await tell("Open leads into the Control UI, signed in, and a message is answered", async () => {
      const opening = browser.waitForEvent("page");
      await page.getByRole("button", { name: "Open assistant" }).click();
      const assistant = await opening;
      const composer = assistant.getByLabel("Chat composer");
      await composer.waitFor({ timeout: 60_000 });
      await composer.fill(SAY);
      await assistant.locator("button.chat-send-btn--send[aria-label='Send message']").waitFor();
      await composer.press("Enter");
      await assistant
        .locator(".chat-group.assistant .chat-text")
        .filter({ hasText: SAY })
        .last()
        .waitFor({ timeout: 90_000 });
      if (assistant.url().includes("ticket")) throw new Error("The address still shows the ticket.");
      await assistant.close();
    });

    const cli = (...args: readonly string[]) => fly.exec(app, machine.id, ["openclaw", ...args]);
    await tell("a cron job is written into its state", () => cli(...ADD_JOB, "--no-deliver"));

    await tell("after a restart the job is still there and the gateway is another", async () => {
      const before = await processesOf(machine.id);
      await page.getByRole("button", { name: "Restart", exact: true }).click();
      await page.getByRole("button", { name: "Restart deployment" }).click();
      const generation = await waitFor("the restart to be accepted", 10_000, async () => {
        const deployment = await client.call(get, { params: { id } });
        return deployment.generation > 2 ? deployment : null;
      });
      await served(client, generation, CHANGE_TIMEOUT_MS);
      await phase.filter({ hasText: /^ready/i }).waitFor();
      await hasStarted();
      const after = await processesOf(machine.id);
      if (before.length === 0 || after.some((pid) => before.includes(pid)))
        throw new Error(`Its processes were ${before.join()} and are ${after.join()}.`);
      const { jobs } = JSON.parse(await cli("cron", "list", "--json")) as {
        jobs: { name: string }[];
      };
      if (!jobs.some(({ name }) => name === JOB))
        throw new Error(`The job is gone; there are ${jobs.map(({ name }) => name).join(", ")}.`);
    });

    await tell("after deletion no process, no port and no machine is left", async () => {
      if ((await processesOf(machine.id)).length === 0)
        throw new Error("The machine has no process to begin with.");
      await page.getByRole("button", { name: "Delete", exact: true }).click();
      await page.getByLabel(/to confirm/).fill(NAME);
      await page.getByRole("button", { name: "Delete deployment" }).click();
      // After a long first create the login is older than the ten minutes that its proof holds.
      const proof = page.getByRole("alertdialog", { name: "Confirm that it is you" });
      await proof
        .or(phase.filter({ hasText: /^delet/i }))
        .first()
        .waitFor();
      if (await proof.isVisible()) {
        await proof.getByLabel("Password").fill(PASSWORD);
        await proof.getByRole("button", { name: "Confirm" }).click();
      }
      await deleted(client, id, CHANGE_TIMEOUT_MS);
      const left = {
        processes: await processesOf(machine.id),
        machines: await fly.allMachines(),
        answers: (await fly.ask(machine.id, "/startupz")).status,
      };
      if (
        left.processes.length > 0 ||
        left.machines.some(({ state }) => state !== "destroyed") ||
        left.answers !== 404
      )
        throw new Error(JSON.stringify(left));
    });
  },
  photographFailure,
);

await browser.close();
await model.close();

/** What every open page looked like when it went wrong. */
async function photographFailure(): Promise<void> {
  for (const [index, page] of browser.pages().entries()) {
    const file = `.cache/e2e-failure-${index}.png`;
    await page.screenshot({ path: file }).then(() => console.error(`${page.url()} looked like ${file}`));
  }
}
