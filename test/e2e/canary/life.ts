import type { ApiClient } from "../../../worker/contract/client.ts";
import { apiClient } from "../../../worker/contract/client.ts";
import { tokenOf } from "../../../local/mail/token-of.ts";
import type { Addresses } from "../support/launchpad.ts";
import type { Tell } from "../support/story.ts";
import { waitFor } from "../support/wait-for.ts";
import type { Mark, MarkKind } from "./marks.ts";
import { Marks } from "./marks.ts";
import { Recorder } from "./recorder.ts";

/** One run of the story: where it takes place, what is marked in it and what was answered. */
const MAIL_TIMEOUT_MS = 10_000;

export type Backend = "process" | "stub";

export class Life {
  readonly addresses: Addresses;
  readonly backend: Backend;
  readonly tell: Tell;
  readonly marks = new Marks();
  readonly recorder = new Recorder();

  constructor(addresses: Addresses, backend: Backend, tell: Tell) {
    this.addresses = addresses;
    this.backend = backend;
    this.tell = tell;
  }

  client(token?: string): ApiClient {
    return apiClient({
      baseUrl: this.addresses.api,
      fetch: this.recorder.fetchFrom("api"),
      ...(token === undefined ? {} : { token }),
    });
  }

  /** A request as no client of ours would make it. */
  ask(
    method: string,
    path: string,
    options: { body?: string; headers?: Readonly<Record<string, string>>; isProvoked?: boolean } = {},
  ): Promise<Response> {
    const { body, headers = {}, isProvoked = false } = options;
    return this.recorder.fetchFrom("api", { isProvoked })(`${this.addresses.api}${path}`, {
      method,
      headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
      ...(body === undefined ? {} : { body }),
    });
  }

  /** Marks what an answer has just handed out; wherever else it turns up, it has no business. */
  handedOut(kind: MarkKind, what: string, value: string, options: { cores?: readonly string[] } = {}): Mark {
    const record = this.recorder.firstWith(value);
    if (record === null) throw new Error(`${what} is in no answer.`);
    return this.marks.add(kind, what, value, { ...options, handedOutIn: record.number });
  }

  /** The newest mail to somebody whose subject contains a text. */
  async mailTo(to: string, subject: string): Promise<{ links: string[] } | null> {
    const answer = await fetch(`${this.addresses.mail}/messages?to=${encodeURIComponent(to)}`);
    const messages = (await answer.json()) as { subject: string; links: string[] }[]; // Our own sink.
    return messages.find((message) => message.subject.includes(subject)) ?? null;
  }

  /** Marks the token of that mail's link, once it has come, and answers it. */
  async mailedToken(to: string, subject: string): Promise<string> {
    const link = await waitFor(`a mail with "${subject}"`, MAIL_TIMEOUT_MS, async () => {
      const message = await this.mailTo(to, subject);
      return message?.links.find((one) => one.includes("#token=")) ?? null;
    });
    const token = tokenOf(link);
    this.marks.add("mailed", `the token of "${subject}"`, token);
    return token;
  }

  /** Lets product time pass; what was due happens. */
  async pass(ms: number): Promise<void> {
    await fetch(`${this.addresses.clock}/advance`, { method: "POST", body: JSON.stringify({ ms }) });
  }

  async now(): Promise<number> {
    return ((await (await fetch(this.addresses.clock)).json()) as { now: number }).now; // Our own clock.
  }
}
