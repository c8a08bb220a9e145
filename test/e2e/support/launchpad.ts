import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import getPort from "get-port";
import { z } from "zod";
import type { Options } from "../../../local/options.ts";
import { isAlive } from "../../../local/process/is-alive.ts";
import { operatorSchema } from "../../../local/operator.ts";
import { tokenOf } from "../../../local/mail/token-of.ts";
import { login, signup, verify } from "../../../worker/contract/auth.ts";
import type { ApiClient } from "../../../worker/contract/client.ts";
import { apiClient } from "../../../worker/contract/client.ts";
import { get } from "../../../worker/contract/deployments.ts";
import type { Deployment } from "../../../worker/contract/deployments.ts";
import { waitFor } from "./wait-for.ts";

/** `npm start` as a newcomer runs it, on a free port and a directory of its own. */
const published = z.object({
  api: z.string(),
  dashboard: z.string(),
  mail: z.string(),
  fly: z.string(),
  flyApps: z.string(),
  flyAdmin: z.string().nullable(),
  flyToken: z.string(),
  operator: operatorSchema,
  flyOrg: z.string(),
  clock: z.string(),
  stripe: z.string(),
  pid: z.number(),
});
export type Addresses = z.infer<typeof published>;

const ROOT = path.resolve(import.meta.dirname, "../../..");
/** The first start of a fresh clone builds the dashboard. */
const START_TIMEOUT_MS = 3 * 60_000;
const STOP_TIMEOUT_MS = 60_000;

/** What `npm start` gets besides. */
type More = { env?: Readonly<Record<string, string>>; flags?: readonly string[] };

export class Launchpad {
  readonly state: string;
  readonly #port: number;
  readonly #backend: string;
  readonly #env: Readonly<Record<string, string>>;
  readonly #flags: readonly string[];
  #npm: ChildProcess | null = null;
  #output = "";

  private constructor(state: string, port: number, backend: string, more: More) {
    this.state = state;
    this.#port = port;
    this.#backend = backend;
    this.#env = more.env ?? {};
    this.#flags = more.flags ?? [];
  }

  static async create(backend: Options["backend"], more: More = {}): Promise<Launchpad> {
    const state = await mkdtemp(path.join(os.tmpdir(), "launchpad-e2e-"));
    return new Launchpad(state, await getPort({ host: "127.0.0.1" }), backend, more);
  }

  async start(): Promise<Addresses> {
    const args = [
      "start",
      "--",
      "--port",
      String(this.#port),
      "--state",
      this.state,
      "--backend",
      this.#backend,
      ...this.#flags,
    ];
    const npm = spawn("npm", args, {
      cwd: ROOT,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...this.#env },
    });
    for (const stream of [npm.stdout, npm.stderr])
      stream.on("data", (text: Buffer) => (this.#output += text.toString()));
    this.#npm = npm;
    return waitFor("Launchpad to start", START_TIMEOUT_MS, async () => {
      if (npm.exitCode !== null) throw new Error(`npm start ended with ${npm.exitCode}:\n${this.#output}`);
      return this.addresses();
    });
  }

  /** What it has published; null before everything can be reached and after it has stopped. */
  async addresses(): Promise<Addresses | null> {
    const text = await readFile(path.join(this.state, "launchpad.json"), "utf8").catch(() => null);
    return text === null ? null : published.parse(JSON.parse(text));
  }

  /** What `npm start` itself has printed. */
  get output(): string {
    return this.#output;
  }

  /** The last lines of its log, for a failure's story. */
  async log(): Promise<string> {
    const text = await readFile(path.join(this.state, "launchpad.log"), "utf8").catch(() => "");
    return [...this.#output.split("\n"), ...text.split("\n").slice(-60)].join("\n");
  }

  /** npm ends before what it started; over is over when the process it published is gone. */
  async stop(): Promise<void> {
    const npm = this.#npm;
    if (npm === null || npm.exitCode !== null || npm.signalCode !== null) return;
    const pid = (await this.addresses())?.pid;
    npm.kill("SIGTERM");
    await waitFor("npm start to end", STOP_TIMEOUT_MS, async () => npm.exitCode ?? npm.signalCode ?? null);
    if (pid !== undefined)
      await waitFor("its processes to end", STOP_TIMEOUT_MS, async () => (isAlive(pid) ? null : true));
  }

  async remove(): Promise<void> {
    await this.stop();
    await rm(this.state, { recursive: true, force: true });
  }
}

/** Signs up, opens the mailed link and logs in, all through the API. */
export async function signIn({ api, mail }: Addresses, email: string, password: string): Promise<ApiClient> {
  const anonymous = apiClient({ baseUrl: api });
  await anonymous.call(signup, { json: { email, password } });
  await anonymous.call(verify, { json: { token: tokenOf(await mailedLink(mail, email)) } });
  return logIn(api, email, password);
}

export async function logIn(api: string, email: string, password: string): Promise<ApiClient> {
  const session = await apiClient({ baseUrl: api }).call(login, { json: { email, password } });
  const token = session.status === "signed_in" ? session.token : undefined;
  if (token === undefined) throw new Error("A client without Origin gets a token.");
  return apiClient({ baseUrl: api, token });
}

export const mailedLink = (mail: string, to: string): Promise<string> =>
  waitFor("the verification mail", 10_000, async () => {
    const messages = (await (await fetch(`${mail}/messages?to=${encodeURIComponent(to)}`)).json()) as {
      links: string[];
    }[]; // Our own sink.
    return messages[0]?.links[0] ?? null;
  });

/** Waits until a wish is served; throws with the reason when it failed. */
export const served = (
  client: ApiClient,
  { id, generation }: Deployment,
  timeoutMs: number,
): Promise<Deployment> =>
  waitFor(`generation ${generation} to be served`, timeoutMs, async () => {
    const deployment = await client.call(get, { params: { id } });
    if (deployment.observedGeneration < generation) return null;
    if (deployment.phase === "failed") throw new Error(`The deployment failed: ${deployment.reason}`);
    return deployment;
  });

/** Waits until a deployment is deleted. */
export const deleted = (client: ApiClient, id: string, timeoutMs: number): Promise<Deployment> =>
  waitFor("the phase deleted", timeoutMs, async () => {
    const deployment = await client.call(get, { params: { id } });
    return deployment.phase === "deleted" ? deployment : null;
  });
