import type { Page } from "playwright-core";
import type { Addresses } from "./launchpad.ts";
import { waitFor } from "./wait-for.ts";

const MAIL_TIMEOUT_MS = 15_000;

/** Somebody in front of the dashboard. */
export class Person {
  readonly page: Page;
  readonly email: string;
  password: string;
  readonly #addresses: Addresses;

  constructor(page: Page, addresses: Addresses, email: string, password: string) {
    this.page = page;
    this.email = email;
    this.password = password;
    this.#addresses = addresses;
  }

  goto = (path: string) => this.page.goto(`${this.#addresses.dashboard}${path}`);
  press = (name: string | RegExp) => this.page.getByRole("button", { name, exact: true }).click();
  sees = (text: string | RegExp) => this.page.getByText(text).first().waitFor();

  /** Fills the sign-up form that is open. */
  async signUp(): Promise<void> {
    await this.#credentials();
    await this.press("Sign up");
    await this.sees(/check your mail/i);
  }

  /** Fills the login form that is open. */
  async logIn(): Promise<void> {
    await this.#credentials();
    await this.press("Log in");
  }

  async logOut(): Promise<void> {
    await this.page.getByRole("button", { name: /^Account/ }).click();
    await this.page.getByRole("menuitem", { name: "Log out" }).click();
    await this.page.waitForURL(/\/login/);
  }

  isIn = () => this.page.waitForURL(`${this.#addresses.dashboard}/`);

  /** Opens the newest mailed link that leads to a page. */
  async openMail(path: string): Promise<void> {
    const link = await waitFor(`a mail that leads to ${path}`, MAIL_TIMEOUT_MS, async () => {
      const answer = await fetch(`${this.#addresses.mail}/messages?to=${encodeURIComponent(this.email)}`);
      const messages = (await answer.json()) as { links: string[] }[]; // Our own sink, newest first.
      return messages.flatMap(({ links }) => links).find((each) => new URL(each).pathname === path) ?? null;
    });
    await this.page.goto(link);
  }

  async #credentials(): Promise<void> {
    await this.page.getByLabel("E-mail").fill(this.email);
    await this.page.getByLabel("Password").fill(this.password);
  }
}
