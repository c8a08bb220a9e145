import { mkdir } from "node:fs/promises";
import path from "node:path";
import type { Page } from "playwright-core";
import type { Billing } from "../../../worker/contract/billing.ts";
import { readBilling } from "../../../worker/contract/billing.ts";
import { get } from "../../../worker/contract/deployments.ts";
import { noViolations } from "../support/axe.ts";
import type { Addresses } from "../support/launchpad.ts";
import { logIn } from "../support/launchpad.ts";
import { Person } from "../support/person.ts";
import { productTime } from "../support/product-time.ts";
import { waitFor } from "../support/wait-for.ts";

const SECOND_MS = 1_000;
/** Stripe finishes an invoice an hour after it is made, and charges it then. */
export const COLLECTED_MS = 2 * 3_600_000;
const PHASE_TIMEOUT_MS = 60_000;
/** Small steps of product time: each runs the sweep, which sends the mail that has been written meanwhile. */
const STEP_MS = SECOND_MS;

/** Somebody whose year this is: they come back every few weeks, and log in again each time. */
export class Customer extends Person {
  readonly #addresses: Addresses;
  readonly #time: ReturnType<typeof productTime>;
  readonly #pictures: string | null;

  constructor(page: Page, addresses: Addresses, email: string, pictures: string | null) {
    super(page, addresses, email, "correct horse battery staple");
    this.#addresses = addresses;
    this.#time = productTime(addresses);
    this.#pictures = pictures;
  }

  now = (): Promise<number> => this.#time.now();

  async pass(ms: number): Promise<void> {
    await this.#time.advance(Math.ceil(ms));
    await this.#time.show(this.page);
  }

  /** To an instant, and a little further or not quite. */
  passUntil = async (at: string | null, moreMs: number): Promise<void> => {
    if (at === null) throw new Error("There is no such day.");
    await this.pass(Date.parse(at) - (await this.now()) + moreMs);
  };

  /** The next renewal is due: Stripe has made its invoice and charged it, or tried to, and we have read that. */
  async passToRenewal(): Promise<void> {
    const client = await logIn(this.#addresses.api, this.email, this.password);
    const at = await waitFor("a renewal that is to come", PHASE_TIMEOUT_MS, async () => {
      const renewsAt = (await client.call(readBilling, {})).subscription?.renewsAt ?? null;
      return renewsAt !== null && Date.parse(renewsAt) > (await this.now()) ? renewsAt : null;
    });
    await this.passUntil(at, COLLECTED_MS);
    const again = await logIn(this.#addresses.api, this.email, this.password);
    await waitFor("Stripe to be read after it", PHASE_TIMEOUT_MS, async () => {
      const { readAt } = await again.call(readBilling, {});
      return readAt !== null && Date.parse(readAt) > Date.parse(at) + COLLECTED_MS ? true : null;
    });
  }

  /** Opens a page of the dashboard, past the login if the session is over. */
  async comesTo(where: string): Promise<void> {
    await this.#time.show(this.page);
    await this.goto(where);
    await this.page.getByRole("heading", { level: 1 }).waitFor();
    if (!this.page.url().includes("/login")) return;
    await this.logIn();
    await this.page.waitForURL((url) => url.pathname === where);
    await this.page.getByRole("heading", { level: 1 }).waitFor();
  }

  /** From the billing page to Stripe's portal and back. */
  async usesCard(kind: "good" | "fails"): Promise<void> {
    await this.press("Cards, addresses, receipts");
    await this.page.waitForURL(/\/p\/session\//);
    await this.press(kind === "good" ? "Use a good card" : "Use a card that fails");
    await this.sees(kind === "good" ? "Ends in 4242." : "Ends in 0341.");
    await this.page.getByRole("link", { name: "Go back" }).click();
    await this.page.getByRole("button", { name: "Cards, addresses, receipts" }).waitFor();
  }

  /** Answers the question for a fresh proof. */
  async provesIt(): Promise<void> {
    const question = this.page.getByRole("alertdialog", { name: "Confirm that it is you" });
    await question.getByLabel("Password").fill(this.password);
    await question.getByRole("button", { name: "Confirm" }).click();
  }

  /** What the API says of the plan now. */
  async billing(): Promise<Billing> {
    const client = await logIn(this.#addresses.api, this.email, this.password);
    return client.call(readBilling, {});
  }

  /** Waits until the plan is in a phase. */
  async planIs(phase: Billing["phase"]): Promise<Billing> {
    const client = await logIn(this.#addresses.api, this.email, this.password);
    return waitFor(`the phase ${phase}`, PHASE_TIMEOUT_MS, async () => {
      const billing = await client.call(readBilling, {});
      return billing.phase === phase ? billing : null;
    });
  }

  /** Waits until a deployment is in a phase, by the API: the page may be elsewhere. */
  async deploymentIs(id: string, phase: string): Promise<void> {
    const client = await logIn(this.#addresses.api, this.email, this.password);
    await waitFor(`the assistant to be ${phase}`, PHASE_TIMEOUT_MS, async () =>
      (await client.call(get, { params: { id } })).phase === phase ? true : null,
    );
  }

  /** Waits for a letter. */
  async isWritten(subject: string): Promise<void> {
    await waitFor(`the mail “${subject}”`, PHASE_TIMEOUT_MS, async () => {
      await this.#time.advance(STEP_MS);
      const answer = await fetch(`${this.#addresses.mail}/messages?to=${encodeURIComponent(this.email)}`);
      const messages = (await answer.json()) as { subject: string; links: string[] }[]; // Our own sink.
      return messages.find((each) => each.subject === subject) ?? null;
    });
  }

  /** The page as it is: by axe, and as a picture where those are asked for. */
  async looksAt(state: string): Promise<void> {
    await noViolations(this.page, state);
    if (this.#pictures === null) return;
    await mkdir(this.#pictures, { recursive: true });
    const file = (suffix: string) =>
      path.join(this.#pictures ?? "", `${state.replaceAll(/\W+/g, "-")}${suffix}.png`);
    await this.page.screenshot({ path: file(""), fullPage: true });
    await this.page.emulateMedia({ colorScheme: "dark" });
    await this.page.setViewportSize({ width: 360, height: 780 });
    await this.page.screenshot({ path: file("-narrow"), fullPage: true });
    await this.page.setViewportSize({ width: 1280, height: 900 });
    await this.page.emulateMedia({ colorScheme: "light" });
  }
}
