import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import getPort from "get-port";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { bundleAgent } from "../../images/agent/bundle.ts";
import type { AgentDescriptor } from "../../images/agent/contract/descriptor.ts";
import { isAlive } from "../../local/process/is-alive.ts";
import { controlWord, createDoor } from "./support/door.ts";
import { descriptorOf, environmentOf } from "./support/machine.ts";

/** The agent as one program, as images carry it, with small real programs for gateways. */
const GATEWAY = path.join(import.meta.dirname, "fake-gateway.mjs");
const WAIT_MS = 10_000;
const isRoot = process.getuid?.() === 0;

let root = "";
let program = "";
const agents: ChildProcess[] = [];

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), "launchpad-agent-"));
  program = path.join(root, "agent.mjs");
  await writeFile(program, await bundleAgent());
  await chmod(root, 0o755); // Another user has to get to its gateway's files.
});
afterEach(async () => {
  for (const agent of agents.splice(0)) {
    if (agent.exitCode !== null || agent.signalCode !== null) continue;
    agent.kill("SIGTERM");
    await once(agent, "exit");
  }
});
afterAll(() => rm(root, { recursive: true, force: true }));

type Options = {
  habits?: readonly string[];
  descriptor?: Partial<AgentDescriptor>;
  env?: Readonly<Record<string, string>>;
  /** Lets it change the user, as in a machine. */
  isConfined?: boolean;
};

async function startAgent({ habits = [], descriptor = {}, env = {}, isConfined = false }: Options = {}) {
  const dir = await mkdtemp(path.join(root, "machine-"));
  await chmod(dir, 0o755);
  const door = createDoor(Date.now);
  const [guardPort, gatewayPort] = [
    await getPort({ host: "127.0.0.1" }),
    await getPort({ host: "127.0.0.1" }),
  ];
  const told = descriptorOf([process.execPath, GATEWAY, ...habits], descriptor);
  await writeFile(path.join(dir, "agent.json"), JSON.stringify(told));
  const agent = spawn(process.execPath, [program], {
    cwd: dir,
    env: {
      ...environmentOf(dir, door, { host: "127.0.0.1", port: guardPort }, gatewayPort),
      FLY_API_TOKEN: "not the gateway's",
      // The rules would be this computer's own: those of a machine of its own are in test/confine/agent.test.ts.
      LAUNCHPAD_CONFINEMENT: isConfined ? "outside" : "none",
      ...(isConfined ? {} : { GATEWAY_REPORT: path.join(dir, "report.json") }),
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  agents.push(agent);
  let output = "";
  for (const stream of [agent.stdout, agent.stderr])
    stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const ended = once(agent, "exit") as Promise<[number | null, string | null]>;
  const ask = async (url: string, token: string | null = null): Promise<{ status: number; body: string }> => {
    const headers = token === null ? {} : { "launchpad-assertion": token };
    return fetch(`http://127.0.0.1:${guardPort}${url}`, { headers }).then(
      async (answer) => ({ status: answer.status, body: await answer.text() }),
      () => ({ status: 0, body: "" }),
    );
  };
  return {
    agent,
    dir,
    door,
    url: `http://127.0.0.1:${guardPort}`,
    gatewayPort,
    ended,
    ask,
    output: () => output,
    report: async () => JSON.parse(await readFile(path.join(dir, "report.json"), "utf8")) as Report,
    /** The gateway's main process. */
    main: () => Number(/starting, process (\d+)/.exec(output)?.[1]),
    /** The process that answers at the gateway's port. */
    serving: async () => (JSON.parse((await ask("/", await door.token())).body) as Heard).pid,
    started: () => eventually(async () => ((await ask("/startupz")).status === 200 ? true : null)),
  };
}

type Report = {
  env: Record<string, string>;
  pid: number;
  uid: number;
  config: string;
  mode: number;
  owner: number;
};
type Heard = { headers: Record<string, string>; pid: number };

async function eventually<T>(look: () => Promise<T | null>): Promise<T> {
  const deadline = performance.now() + WAIT_MS;
  for (;;) {
    const seen = await look();
    if (seen !== null) return seen;
    if (performance.now() > deadline) throw new Error("It never came true.");
    await sleep(20);
  }
}

const isListening = (port: number): Promise<boolean> =>
  fetch(`http://127.0.0.1:${port}/`).then(
    () => true,
    () => false,
  );

describe("a machine's agent", () => {
  it("starts the gateway with a config for its user alone, and an environment of what is named", async () => {
    const { started, report, output } = await startAgent();
    await started();
    const { env, config, mode } = await report();
    expect(mode).toBe(0o600);
    const name = (JSON.parse(config) as { gateway: { userHeader: string } }).gateway.userHeader;
    expect(name).toMatch(/^x-lp-[0-9a-f]{32}$/);
    // What a value is, the gateway puts in by itself.
    expect(config).toContain("${MY_KEY}");
    expect(Object.keys(env).toSorted()).toEqual(
      [
        "GATEWAY_CONFIG",
        "GATEWAY_PORT",
        "GATEWAY_REPORT",
        "HOME",
        "LAUNCHPAD_RUN",
        "MY_KEY",
        "PATH",
      ].toSorted(),
    );
    expect(output()).toContain("nothing confines it");
    expect(output()).not.toContain("the value of my key");
  });

  it("lets through what the door signed, under the name it made up, which is another at every start", async () => {
    const [one, other] = await Promise.all([startAgent(), startAgent()]);
    const names = await Promise.all(
      [one, other].map(async ({ started, ask, door, report }) => {
        await started();
        const { status, body } = await ask("/", await door.token());
        expect(status).toBe(200);
        const { headers } = JSON.parse(body) as Heard;
        const [name] = Object.keys(headers).filter((key) => key.startsWith("x-lp-"));
        expect(headers[name ?? ""]).toBe("owner");
        expect((await report()).config).toContain(name ?? "none");
        return name;
      }),
    );
    expect(names[0]).not.toBe(names[1]);
    expect(await one.ask("/")).toEqual({ status: 404, body: "" });
    expect(await one.ask("/", await other.door.token())).toEqual({ status: 404, body: "" });
  });

  it("says it has started only when the gateway's own probe does", async () => {
    const { ask, gatewayPort } = await startAgent({ habits: ["never-starts"] });
    await eventually(async () => ((await isListening(gatewayPort)) ? true : null));
    expect(await ask("/healthz")).toEqual({ status: 200, body: "live" });
    expect(await ask("/startupz")).toEqual({ status: 503, body: "starting" });
  });

  it.runIf(isRoot)(
    "as root runs the gateway as another user, who may read its config and nothing of the agent's",
    async () => {
      const { agent, started, dir, door, ask } = await startAgent({
        isConfined: true,
        descriptor: { env: ["GATEWAY_PORT", "GATEWAY_CONFIG"] },
      });
      await started();
      const { pid } = JSON.parse((await ask("/", await door.token())).body) as Heard;
      const status = await readFile(`/proc/${pid}/status`, "utf8");
      expect(/^Uid:\s+(\d+)\s+(\d+)/m.exec(status)?.slice(1)).toEqual(["1000", "1000"]);
      const mayRead = async (file: string): Promise<boolean> => {
        const reader = spawn("cat", [file], { uid: 1000, gid: 1000, stdio: "ignore" });
        const [code] = (await once(reader, "exit")) as [number];
        return code === 0;
      };
      expect(await mayRead(path.join(dir, "etc", "gateway.json"))).toBe(true);
      expect(await mayRead(`/proc/${agent.pid}/environ`)).toBe(false);
    },
  );
});

describe.runIf(isRoot)("as root", () => {
  it("what a gateway left behind is found by its user, though it hides all else", async () => {
    const { started, main, serving } = await startAgent({
      isConfined: true,
      habits: ["leaves-child", "clean-child"],
      descriptor: { env: ["GATEWAY_PORT", "GATEWAY_CONFIG"] },
    });
    await started();
    const child = await serving();
    process.kill(main(), "SIGKILL");
    expect(await eventually(async () => (isAlive(child) ? null : "gone"))).toBe("gone");
  });
});

describe("when a gateway ends", () => {
  it.each([0, 1, 78])("with %i before it ever served, the agent ends with the same code", async (code) => {
    const { ended, output } = await startAgent({ habits: [`exit-${code}`] });
    expect(await ended).toEqual([code, null]);
    expect(output()).toContain(code === 78 ? "not tried again" : `code ${code}`);
  });

  it("after it had served, it is started again with another header, and its users get in again", async () => {
    const { started, ask, door, report } = await startAgent();
    await started();
    const before = await report();
    const token = await door.token();
    await ask("/crash", token);
    const after = await eventually(async () => {
      const { status, body } = await ask("/", token);
      return status === 200 ? (JSON.parse(body) as Heard) : null;
    });
    expect(after.pid).not.toBe(before.pid);
    expect((await report()).config).not.toBe(before.config);
  });

  it("while it is away, the door gets an empty 502 or 503", async () => {
    const { started, ask, door } = await startAgent();
    await started();
    const token = await door.token();
    await ask("/crash", token);
    const { status, body } = await ask("/", token);
    expect([502, 503]).toContain(status);
    expect(body).toBe("");
    await eventually(async () => ((await ask("/startupz")).status === 503 ? true : null));
  });

  it("killed, what it left serving its port is gone before it is started again", async () => {
    const { started, main, serving } = await startAgent({ habits: ["leaves-child"] });
    await started();
    const child = await serving();
    expect(child).not.toBe(main());
    process.kill(main(), "SIGKILL");
    await eventually(async () => (isAlive(child) ? null : true));
    await started();
    expect(await serving()).not.toBe(child);
  });

  it("that can't be run at all ends the agent with 127", async () => {
    const { ended, output } = await startAgent({ descriptor: { argv: ["no-such-program"] } });
    expect(await ended).toEqual([127, null]);
    expect(output()).toContain("missing");
  });
});

describe("told by the control plane", () => {
  const order = async ({ door, url }: Awaited<ReturnType<typeof startAgent>>, operation: string) => {
    const target = `/.launchpad/${operation}`;
    const word = await controlWord(door, { path: target, body: "{}" });
    const answer = await fetch(`${url}${target}`, {
      method: "POST",
      headers: { "launchpad-control": word },
      body: "{}",
    });
    return answer.json();
  };

  it("to restart, it lets the gateway finish and starts it anew, and lives on itself", async () => {
    const machine = await startAgent();
    const { started, report, agent, output, ask, door } = machine;
    await started();
    const before = await report();
    expect(await order(machine, "gateway-restart")).toEqual({ ok: true, value: { restarting: true } });
    const token = await door.token();
    const pid = await eventually(async () => {
      const { status, body } = await ask("/", token);
      const heard = status === 200 ? (JSON.parse(body) as Heard).pid : before.pid;
      return heard === before.pid ? null : heard;
    });
    expect([isAlive(before.pid), isAlive(pid), agent.exitCode]).toEqual([false, true, null]);
    expect((await report()).config).not.toBe(before.config);
    expect(output()).toContain("finishing");
    expect(output()).not.toContain("is started again in");
  });

  it("to restart one that ignores it, it kills it after its drain, with all it started", async () => {
    const machine = await startAgent({ habits: ["stubborn", "leaves-child"], descriptor: { drainMs: 300 } });
    await machine.started();
    const pids = [machine.main(), await machine.serving()];
    await order(machine, "gateway-restart");
    await eventually(async () => (pids.some(isAlive) ? null : true));
    await machine.started();
    expect(pids).not.toContain(await machine.serving());
  });

  it("what its runtime doesn't offer, it says so", async () => {
    const machine = await startAgent();
    await machine.started();
    expect(await order(machine, "config-validate")).toMatchObject({ ok: false, code: "not_offered" });
  });
});

describe("told to stop", () => {
  it("the agent lets the gateway finish and ends with its code; nothing is left", async () => {
    const { agent, started, report, ended, output, gatewayPort } = await startAgent();
    await started();
    agent.kill("SIGTERM");
    expect(await ended).toEqual([0, null]);
    expect(output()).toContain("finishing");
    expect(isAlive((await report()).pid)).toBe(false);
    expect(await isListening(gatewayPort)).toBe(false);
  });

  it.each([["leaves-child"], ["leaves-child", "clean-child"]])(
    "one that ignores it is killed after its drain, with all it started (%s %s)",
    async (...habits) => {
      const { agent, started, main, serving, ended, gatewayPort } = await startAgent({
        habits: ["stubborn", ...habits],
        descriptor: { drainMs: 300 },
      });
      await started();
      const pids = [main(), await serving()];
      agent.kill("SIGTERM");
      expect(await ended).toEqual([137, null]);
      // A killed orphan is there until whoever adopted it has noticed.
      await eventually(async () => (pids.some(isAlive) ? null : true));
      expect(await isListening(gatewayPort)).toBe(false);
    },
  );
});

describe("it doesn't start at all, with 78 and a word that quotes nothing,", () => {
  it.each([
    ["without a descriptor", { env: { LAUNCHPAD_AGENT_DESCRIPTOR: "/nowhere" } }],
    ["without the door's keys", { env: { LAUNCHPAD_DOOR_KEYS: "" } }],
    ["with an empty set of keys", { env: { LAUNCHPAD_DOOR_KEYS: '{"keys":[]}' } }],
    ["without knowing which machine it is", { env: { FLY_MACHINE_ID: "" } }],
    ["without a port for the gateway", { env: { GATEWAY_PORT: "none" } }],
    [
      "without the password it is to add",
      { descriptor: { entry: { kind: "connect_frame", passwordEnv: "MISSING" } as const } },
    ],
  ])("%s", async (_, options) => {
    const { ended, output } = await startAgent(options);
    expect(await ended).toEqual([78, null]);
    expect(output()).toContain("can't start");
    expect(output()).not.toContain("the value of my key");
  });
});
