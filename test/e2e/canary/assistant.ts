import { request as httpRequest } from "node:http";
import { createBackup, listBackups } from "../../../worker/contract/backups.ts";
import type { Input } from "../../../worker/contract/client.ts";
import type { Deployment } from "../../../worker/contract/deployments.ts";
import { create, events, get, logs, open, rollback, update } from "../../../worker/contract/deployments.ts";
import { applySecrets, deleteSecret, listSecrets, setSecret } from "../../../worker/contract/secrets.ts";
import { RUNTIMES } from "../../../worker/domain/runtimes/index.ts";
import { appOf, flyClient } from "../support/fly.ts";
import { served } from "../support/launchpad.ts";
import { waitFor } from "../support/wait-for.ts";
import type { Life } from "./life.ts";
import type { Mark } from "./marks.ts";
import type { Person } from "./person.ts";

/** One deployment with marked secrets, and what is done to it. */
/** The first create downloads some 650 MB. */
const CREATE_TIMEOUT_MS = 15 * 60_000;
const CHANGE_TIMEOUT_MS = 10 * 60_000;
const LOG_TIMEOUT_MS = 20_000;

/** Where a machine of the process backend writes: beside its root file system. */
const TO_CONSOLE = 'cat >> "$TMPDIR/../../console.log"';

export class Assistant {
  readonly id: string;
  readonly slug: string;
  readonly #life: Life;
  readonly #owner: Person;

  static async create(life: Life, owner: Person): Promise<Assistant> {
    const json = { name: "Canary", runtime: "openclaw", region: "fra", tier: "shared" } as const;
    const headers = { "idempotency-key": "canary" };
    const created = await owner.client.call(create, { json, headers });
    const made = await served(owner.client, created, CREATE_TIMEOUT_MS);
    return new Assistant(life, owner, made);
  }

  private constructor(life: Life, owner: Person, { id, slug }: Deployment) {
    this.#life = life;
    this.#owner = owner;
    this.id = id;
    this.slug = slug;
  }

  get #params() {
    return { id: this.id };
  }

  get app(): string {
    return appOf(this.id);
  }

  async keep(name: string, mark: Mark, check = true): Promise<void> {
    await this.#owner.client.call(setSecret, {
      params: { ...this.#params, name },
      json: { value: mark.value, check },
    });
  }

  async forget(name: string): Promise<void> {
    await this.#owner.client.call(deleteSecret, { params: { ...this.#params, name } });
  }

  async apply(): Promise<Deployment> {
    await this.#owner.client.call(listSecrets, { params: this.#params });
    return this.#served(await this.#owner.client.call(applySecrets, { params: this.#params }));
  }

  async configure(config: Input<typeof update>["json"]["config"]): Promise<Deployment> {
    return this.#served(await this.#owner.client.call(update, { params: this.#params, json: { config } }));
  }

  /** To a version that doesn't come up; it is put back by itself. */
  async updateInVain(version: string): Promise<Deployment> {
    const wished = await this.#owner.client.call(update, { params: this.#params, json: { version } });
    const now = await this.#served(wished);
    if (now.lastOutcome?.result !== "rolled_back") throw new Error(`${version} was not put back.`);
    return now;
  }

  async rollBack(): Promise<Deployment> {
    return this.#served(await this.#owner.client.call(rollback, { params: this.#params }));
  }

  async backUp(): Promise<void> {
    await this.#owner.client.call(createBackup, { params: this.#params });
    await waitFor("the backup", CHANGE_TIMEOUT_MS, async () => {
      const { items } = await this.#owner.client.call(listBackups, { params: this.#params });
      return items.some(({ kind, status }) => kind === "manual" && status === "created") ? true : null;
    });
  }

  /** Every `reserved` secret the machine has from us is a mark, too: it is asked inside. */
  async markOurOwn(): Promise<void> {
    const fly = flyClient(this.#life.addresses);
    const { id } = await fly.onlyMachine(this.app);
    for (const { name } of RUNTIMES.openclaw.secrets) {
      const value = (await fly.exec(this.app, id, ["printenv", name])).trim();
      this.#life.marks.add("machine", name, value);
    }
  }

  /** What its process has in its environment. */
  async environment(name: string): Promise<string | null> {
    const fly = flyClient(this.#life.addresses);
    const { id } = await fly.onlyMachine(this.app);
    return fly.exec(this.app, id, ["printenv", name]).catch(() => null);
  }

  /** Makes its main process write something into its log, and waits until its owner reads what became of it. */
  async print(text: string): Promise<readonly string[]> {
    const fly = flyClient(this.#life.addresses);
    const { id } = await fly.onlyMachine(this.app);
    const end = `printed ${Math.random().toString(36).slice(2)}`;
    const lines = `${text}\n${end}\n`;
    if (this.#life.backend === "stub") await fly.exec(this.app, id, ["log", lines]);
    else await fly.exec(this.app, id, ["sh", "-c", TO_CONSOLE], lines);
    return waitFor("the printed lines", LOG_TIMEOUT_MS, async () => {
      const messages = await this.readLog();
      const at = messages.indexOf(end);
      return at === -1 ? null : messages.slice(Math.max(0, at - text.split("\n").length), at);
    });
  }

  async readLog(): Promise<readonly string[]> {
    const answer = await this.#owner.client.request(logs, { params: this.#params, query: { lines: 200 } });
    const text = await answer.text();
    return text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => (JSON.parse(line) as { message: string }).message); // Our own API's.
  }

  /** Opens the door as its owner's browser would, fetches a page, and knocks as nobody should. */
  async openDoor(): Promise<void> {
    const { url } = await this.#owner.client.call(open, { params: this.#params });
    const ticket = new URL(url).searchParams.get("ticket") ?? "";
    this.#life.handedOut("ticket", "a door's ticket", ticket);
    const opened = await this.#door(url);
    if (opened.status !== 302) throw new Error(`The door answers ${opened.status}.`);
    const cookie = /__Host-door=([\w-]+)/.exec(opened.headers.get("set-cookie") ?? "")?.[1] ?? "";
    this.#life.handedOut("session", "a door's session", cookie);
    const headers = { cookie: `__Host-door=${cookie}` };
    const page = await this.#door("/", { headers });
    if (page.status !== 200) throw new Error(`The assistant's page answers ${page.status}.`);
    await this.#door("/healthz", { headers });
    await this.#door(url); // A ticket works once.
    await this.#door("/", { headers: { cookie: `__Host-door=${cookie}x` } });
    await this.#door("/", { headers: { ...headers, origin: "https://evil.example" } });
    const mark = this.#life.marks.make("refused", "a token in the door's address");
    await this.#door(`/?token=${mark.value}`, { headers, isProvoked: true });
    await this.#door(`/${mark.value}?q=${mark.value}`, { isProvoked: true });
  }

  /** Every view of it that its owner has. */
  async readAll(): Promise<void> {
    const { client } = this.#owner;
    await client.call(get, { params: this.#params });
    await client.call(events, { params: this.#params, query: { limit: 200 } });
    await client.call(listBackups, { params: this.#params });
    await client.call(listSecrets, { params: this.#params });
    await this.readLog();
  }

  #served(wished: Deployment): Promise<Deployment> {
    return served(this.#owner.client, wished, CHANGE_TIMEOUT_MS);
  }

  /** `fetch` can't be told where a host is; a browser takes every `*.localhost` for this computer. */
  #door(
    target: string,
    options: { headers?: Readonly<Record<string, string>>; isProvoked?: boolean } = {},
  ): Promise<Response> {
    const { dashboard } = this.#life.addresses;
    const host = `${this.slug}.${new URL(dashboard).host}`;
    const url = new URL(target, `http://${host}`);
    const viaLocalhost: typeof fetch = () =>
      new Promise((resolve, reject) => {
        const { port, pathname, search } = url;
        const asked = httpRequest(
          { host: "127.0.0.1", port, path: `${pathname}${search}`, headers: { ...options.headers, host } },
          (answer) => {
            const chunks: Buffer[] = [];
            answer.on("data", (chunk: Buffer) => chunks.push(chunk));
            answer.on("end", () => {
              const headers = new Headers();
              for (const [name, values] of Object.entries(answer.headersDistinct))
                for (const value of values ?? []) headers.append(name, value);
              resolve(new Response(Buffer.concat(chunks), { status: answer.statusCode ?? 0, headers }));
            });
            answer.on("error", reject);
          },
        );
        asked.on("error", reject).end();
      });
    return this.#life.recorder.fetchFrom("door", {
      isProvoked: options.isProvoked ?? false,
      send: viaLocalhost,
    })(url);
  }
}
