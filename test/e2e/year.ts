import { parseArgs } from "node:util";
import type { Page } from "playwright-core";
import { listInvoices } from "../../worker/contract/billing.ts";
import { noViolations } from "./support/axe.ts";
import { openBrowser } from "./support/browser.ts";
import { appOf, flyClient } from "./support/fly.ts";
import { Launchpad, logIn } from "./support/launchpad.ts";
import { story } from "./support/story.ts";
import { waitFor } from "./support/wait-for.ts";
import { COLLECTED_MS, Customer } from "./year/customer.ts";

/**
 * `npm run e2e:year`: a year of one customer, on product time, in a browser. A trial becomes a plan on Stripe's page,
 * months pass and are paid, a card fails, the week of grace passes, everything stops and its address says why; the
 * payment brings it back as it was; at last the plan is cancelled, its data is kept, announced, and deleted. Each new
 * state of the billing page is looked at by axe. `--pictures DIR` keeps what it looked like.
 */
const NAME = "Ada's assistant";
const FILE = "memory.md";
const MEMORY = `Ada likes her tea without milk. ${Date.now()}`;

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const READY_TIMEOUT_MS = 60_000;

const { values } = parseArgs({ options: { pictures: { type: "string" } } });
const launchpad = await Launchpad.create("stub");
const browser = await openBrowser();

await story(
  "A year of one customer",
  launchpad,
  async (tell) => {
    const addresses = await tell("npm start", () => launchpad.start());
    const fly = flyClient(addresses);
    const page = await browser.newPage();
    page.setDefaultTimeout(20_000);
    await page.emulateMedia({ reducedMotion: "reduce" });
    const ada = new Customer(page, addresses, "ada@example.com", values.pictures ?? null);
    const begunAt = await ada.now();

    const id = await tell("Ada signs up and makes an assistant on her trial", async () => {
      await ada.goto("/signup");
      await ada.signUp();
      await ada.openMail("/verify");
      await ada.logIn();
      await ada.isIn();
      await ada.sees("Trial · 7 days left");
      await ada.goto("/new");
      await page.getByLabel("Name").fill(NAME);
      await ada.press("Create");
      await phaseShows(page, "ready");
      return new URL(page.url()).pathname.split("/").at(-1) ?? "";
    });
    const app = appOf(id);

    await tell("it writes something down", async () => {
      await fly.exec(app, (await fly.onlyMachine(app)).id, ["write", FILE, MEMORY]);
    });
    const remembers = async (): Promise<void> => {
      const text = await fly.exec(app, (await fly.onlyMachine(app)).id, ["cat", FILE]);
      if (text !== MEMORY) throw new Error(`It remembers “${text}”.`);
    };

    await tell("on the fifth day she buys the shared plan on Stripe's page", async () => {
      await ada.pass(4.5 * DAY_MS);
      await ada.comesTo("/");
      await page.getByRole("link", { name: /^Billing: Trial · 3 days left/ }).click();
      await ada.sees("You are on trial.");
      await ada.sees("None yet. Nothing was charged so far.");
      await ada.looksAt("1 trial");
      await ada.press("Choose Shared");
      await page.waitForURL(/\/c\/pay\//);
      await ada.press("Pay with a card that is declined");
      await ada.sees("Your card was declined.");
      await ada.press("Pay with a good card");
      await ada.sees("Thank you. Your Shared plan is paid");
      if (page.url().includes("checkout"))
        throw new Error("The address still says that she comes from paying.");
      await page.getByRole("list", { name: "Invoices" }).getByText("$25.00").waitFor();
      await ada.looksAt("2 bought");
    });

    await tell("seven months pass and are paid", async () => {
      for (let month = 1; month <= 7; month += 1) await ada.passToRenewal();
      await ada.comesTo("/account/billing");
      await ada.sees("Your plan is paid.");
      await ada.press("Show all 8 of invoices");
      const paid = page
        .getByRole("list", { name: "Invoices" })
        .getByRole("listitem")
        .filter({ hasText: "Paid" });
      await waitFor("eight paid invoices", READY_TIMEOUT_MS, async () =>
        (await paid.count()) === 8 ? true : null,
      );
      await remembers();
    });

    await tell("she wants more disk, allows $5 a month for it, and is charged what it comes to", async () => {
      await ada.comesTo(`/deployments/${id}`);
      await growDisk(page, 13);
      await ada.sees(/10 GB of disk beyond the plan cost up to \$4\.14 a month/);
      await ada.comesTo("/account/billing");
      await page.getByLabel("Limit a month, in $").fill("5");
      await ada.press("Set limit");
      await ada.sees("The limit holds from now on.");
      await ada.comesTo(`/deployments/${id}`);
      await growDisk(page, 13);
      await page.getByText("13 GB", { exact: true }).waitFor({ timeout: READY_TIMEOUT_MS });
      await phaseShows(page, "ready");
      await remembers();
      await ada.passToRenewal();
      // Day by day, as cron would: a month that passes at once is counted at its end.
      for (let day = 1; day <= 24; day += 1) await ada.pass(DAY_MS);
      await ada.isWritten("Extras have come to 50 % of your limit");
      await ada.comesTo("/account/billing");
      await ada.sees("10 GB of disk beyond your plan, at $0.40 a month for each GB.");
      await ada.looksAt("2 extras");
      await ada.passToRenewal();
      await ada.comesTo("/account/billing");
      const newest = page.getByRole("list", { name: "Invoices" }).getByRole("listitem").first();
      // Two months of it: the days of the first, which passed at once, were told in the second.
      await newest.getByText(/^\$3[1-4]\.\d\d$/).waitFor();
    });

    await tell("she goes over to the dedicated plan; her card fails, so she pays by the link", async () => {
      await ada.usesCard("fails");
      await ada.press("Change to Dedicated");
      const dialog = page.getByRole("alertdialog");
      await dialog.getByText("At once").waitFor();
      await ada.looksAt("3 change");
      await dialog.getByRole("button", { name: /^Pay \$\d+\.\d\d and change$/ }).click();
      await ada.sees(/^Your plan becomes Dedicated as soon as it is paid/);
      await page.getByRole("link", { name: "Billing: Shared" }).waitFor();
      await ada.looksAt("3 pending");
      await page.getByRole("link", { name: "Pay now" }).click();
      await ada.press("Pay with a good card");
      await page.getByText("paid", { exact: true }).waitFor();
      await ada.comesTo("/account/billing");
      await page.getByRole("link", { name: "Billing: Dedicated" }).waitFor();
      await ada.usesCard("good");
    });

    await tell("and back, when the month is over", async () => {
      await ada.press("Change to Shared");
      await page.getByRole("alertdialog").getByText("Your present plan runs until").waitFor();
      await noViolations(page, "a smaller plan");
      await ada.press("Change plan");
      await ada.sees(/^Your plan becomes Shared on /);
      await ada.passToRenewal();
      await ada.comesTo("/account/billing");
      await page.getByRole("link", { name: "Billing: Shared" }).waitFor();
      await ada.sees("Your plan is paid.");
    });

    await tell("her card is one that fails, and at the renewal it does: grace", async () => {
      await ada.usesCard("fails");
      await ada.sees("Your plan is paid.");
      await ada.passToRenewal();
      await ada.planIs("grace");
      await ada.isWritten("Your last payment to Launchpad failed");
      await ada.comesTo("/");
      await ada.sees("A payment is open");
      await ada.looksAt("4 banner in grace");
      await page.getByRole("link", { name: "See to it" }).click();
      await page.getByRole("button", { name: "Pay now" }).waitFor();
      await ada.looksAt("5 grace");
    });

    await tell("from the third day on nothing new can be made, and the page says why", async () => {
      await ada.pass(3 * DAY_MS);
      await ada.isWritten("Your payment is still open");
      await ada.comesTo("/new");
      await ada.press("Create");
      await page.getByRole("alert").getByText("A plan is needed").waitFor();
      await noViolations(page, "a creation that is refused");
      await page.getByRole("link", { name: "See plans" }).click();
      await page.waitForURL(/\/account\/billing$/);
    });

    await tell("after a week the assistant stops, and its own address says 402", async () => {
      const { deadlineAt } = await ada.billing();
      await ada.passUntil(deadlineAt, -HOUR_MS);
      await ada.isWritten("Your assistants stop tomorrow");
      await ada.comesTo(`/deployments/${id}`);
      const opening = page.context().waitForEvent("page");
      await ada.press("Open assistant");
      const assistant = await opening;
      await assistant.getByRole("heading", { name: "stub runtime" }).waitFor();
      await ada.passUntil(deadlineAt, MINUTE_MS);
      await ada.planIs("suspended");
      await ada.deploymentIs(id, "stopped");
      const shut = await assistant.reload();
      if (shut?.status() !== 402) throw new Error(`Its address answers ${shut?.status()}.`);
      await assistant.getByText("There is no paid plan").waitFor();
      await noViolations(assistant, "the door of an assistant that isn't paid");
      const running = (await fly.allMachines()).filter(({ state }) => state === "started");
      if (running.length > 0) throw new Error("Something still runs at Fly.");
      await assistant.getByRole("link", { name: "Go to billing" }).click();
      await assistant.waitForURL(/\/account\/billing$/);
      await assistant.close();
      await ada.isWritten("Your assistants are stopped");
      await ada.comesTo("/account/billing");
      await ada.sees("Your plan is not paid, so everything is stopped.");
      await ada.looksAt("6 suspended");
    });

    await tell("she pays what is open: back within a minute, with all it knew", async () => {
      await ada.press("Cards, addresses, receipts");
      await ada.provesIt();
      await ada.press("Use a good card");
      await ada.sees("Ends in 4242.");
      const paidAt = await ada.now();
      await ada.press("Pay");
      await page.getByRole("link", { name: "Go back" }).click();
      await ada.sees("Your plan is paid.");
      await ada.deploymentIs(id, "ready");
      const tookMs = (await ada.now()) - paidAt;
      if (tookMs > MINUTE_MS) throw new Error(`It took ${tookMs / SECOND_MS} s.`);
      console.log(`       back after ${(tookMs / SECOND_MS).toFixed(1)} s of product time`);
      await remembers();
      await ada.isWritten("Your assistants are back");
      await ada.comesTo(`/deployments/${id}`);
      const opening = page.context().waitForEvent("page");
      await ada.press("Open assistant");
      const assistant = await opening;
      await assistant.getByRole("heading", { name: "stub runtime" }).waitFor();
      await assistant.close();
    });

    await tell("she cancels, thinks better of it, and months later cancels for good", async () => {
      await ada.comesTo("/account/billing");
      await ada.press("Cancel plan");
      await noViolations(page, "the question before cancelling");
      await page.getByRole("alertdialog").getByRole("button", { name: "Cancel plan" }).click();
      await ada.sees("Done: your plan is not renewed.");
      await ada.looksAt("7 cancelled");
      await ada.press("Don’t cancel");
      await ada.sees("Your plan goes on.");
      for (let month = 1; month <= 2; month += 1) await ada.passToRenewal();
      await ada.comesTo("/account/billing");
      await ada.press("Cancel plan");
      await page.getByRole("alertdialog").getByRole("button", { name: "Cancel plan" }).click();
      await page.getByText("Runs until").waitFor();
      await remembers();
    });

    await tell("the period ends: stopped, kept for 30 days, and told so three times", async () => {
      await ada.passUntil((await ada.billing()).subscription?.cancelAt ?? null, COLLECTED_MS);
      await ada.planIs("retention");
      await ada.deploymentIs(id, "stopped");
      await ada.isWritten("Your plan has ended");
      await ada.comesTo("/");
      await ada.sees("The plan of this account has ended");
      await ada.looksAt("8 banner in retention");
      await page.getByRole("link", { name: "Choose a plan" }).click();
      await page.getByRole("button", { name: "Choose Shared" }).waitFor();
      await ada.looksAt("9 retention");
      await ada.pass(14 * DAY_MS);
      await ada.isWritten("Your data is still here");
      await ada.pass(13 * DAY_MS);
      await ada.isWritten("Your data is deleted in three days");
      if ((await fly.allVolumes()).length === 0) throw new Error("Its volume is gone already.");
    });

    await tell("its end is announced a day before", async () => {
      await ada.passUntil((await ada.planIs("retention")).deadlineAt, MINUTE_MS);
      await ada.planIs("destroying");
      await ada.isWritten("Your data is about to be deleted");
      if ((await fly.allVolumes()).length === 0) throw new Error("Its volume is gone already.");
      await ada.comesTo("/account/billing");
      await ada.looksAt("10 destroying");
    });

    await tell("everything is deleted, with a receipt, and nothing is left at Fly", async () => {
      await ada.passUntil((await ada.billing()).deadlineAt, MINUTE_MS);
      await ada.planIs("destroyed");
      await ada.isWritten("Your data is deleted: receipt");
      await waitFor("Fly to be empty", READY_TIMEOUT_MS, async () => {
        await ada.pass(10 * SECOND_MS);
        const left = [
          ...(await fly.allMachines()).filter(({ state }) => state !== "destroyed"),
          ...(await fly.allVolumes()).filter(({ state }) => state !== "destroyed"),
          ...(await fly.allApps()),
        ];
        return left.length === 0 ? true : null;
      });
      await ada.comesTo("/account/billing");
      await ada.sees("Your plan has ended and your data was destroyed.");
      await page
        .getByRole("button", { name: "Show all" })
        .or(page.getByText("The data was deleted"))
        .first()
        .waitFor();
      await ada.looksAt("11 destroyed");
    });

    await tell("each month was charged once", async () => {
      const client = await logIn(addresses.api, ada.email, ada.password);
      const { items } = await client.call(listInvoices, {});
      const periods = items.map(({ periodStart, totalCents }) => `${periodStart} ${totalCents}`);
      if (new Set(periods).size !== periods.length) throw new Error(periods.join("\n"));
      const open = items.filter(({ status }) => status !== "paid");
      if (open.length > 0) throw new Error(JSON.stringify(open));
      const days = Math.round(((await ada.now()) - begunAt) / DAY_MS);
      console.log(`       ${items.length} invoices in ${days} days`);
    });
  },
  photographFailure,
);

await browser.close();

/** Asks for a larger disk on a deployment's page. */
async function growDisk(page: Page, diskGb: number): Promise<void> {
  await page.getByRole("button", { name: "Change size" }).click();
  await page.getByLabel("Disk, in GB").fill(String(diskGb));
  await page.getByRole("form", { name: "Size" }).getByRole("button", { name: "Change size" }).click();
}

async function phaseShows(page: Page, phase: string): Promise<void> {
  await page
    .getByTestId("phase")
    .filter({ hasText: new RegExp(`^${phase}`, "i") })
    .waitFor({ timeout: READY_TIMEOUT_MS });
}

/** What every open page looked like when it went wrong. */
async function photographFailure(): Promise<void> {
  for (const [index, page] of browser.pages().entries()) {
    const file = `.cache/e2e-failure-${index}.png`;
    await page.screenshot({ path: file }).then(() => console.error(`${page.url()} looked like ${file}`));
  }
}
