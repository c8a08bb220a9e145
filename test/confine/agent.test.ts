import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createDoor } from "../agent/support/door.ts";
import { descriptorOf, environmentOf } from "../agent/support/machine.ts";
import { createWorld, GOOD, MACHINE, OTHER, whyNoNamespaces, type World } from "./support/world.ts";

/** The real agent as root of a machine of its own, as on Fly, with a gateway that tries everything. */
const refusal = await whyNoNamespaces();
const GUARD_PORT = 8080;
const GATEWAY_PORT = 18_789;
const WAIT_MS = 20_000;
const here = (name: string) => path.join(import.meta.dirname, "support", name);

describe.skipIf(refusal !== null)("an agent in a machine of its own", () => {
  const door = createDoor(Date.now);
  let world: World;
  let dir = "";
  let started: Awaited<ReturnType<typeof startAgent>>;

  async function startAgent(programs = process.env["PATH"] ?? "") {
    const told = descriptorOf([process.execPath, here("agents-gateway.mjs")], {
      egress: { allow: [{ name: "good.example.com" }] },
    });
    await writeFile(path.join(dir, "agent.json"), JSON.stringify(told), { mode: 0o600 });
    // Where programs are found is the agent's matter, and not that of what leads to it.
    const agent = ["env", `PATH=${programs}`, process.execPath, here("machines-agent.ts")];
    const child = spawn("ip", ["netns", "exec", world.machine, ...agent], {
      cwd: dir,
      env: {
        ...environmentOf(dir, door, { host: "0.0.0.0", port: GUARD_PORT }, GATEWAY_PORT),
        TEST_FILTER_PATH: path.join(dir, "gateway.bpf"),
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
    const ended = once(child, "exit") as Promise<[number | null, string | null]>;
    return { child, ended, output: () => output };
  }

  type Page = { status: number; body: string };
  const ask = (url: string, headers: object = {}) =>
    world.stranger.ask<Page>({ do: "http", url: `http://${MACHINE.v4}:${GUARD_PORT}${url}`, headers });
  /** What the gateway says became of what it was asked to try, through the guard. */
  async function tried<T>(attempt: object): Promise<T> {
    const { status, body } = await ask(`/try?ask=${encodeURIComponent(JSON.stringify(attempt))}`, {
      "launchpad-assertion": await door.token(),
    });
    if (status !== 200) throw new Error(`${status} ${body}`);
    return JSON.parse(body) as T; // Our own gateway.
  }
  type Outcome = { outcome: string };

  beforeAll(async () => {
    world = await createWorld();
    await world.zone({
      "good.example.com": [
        { type: "A", data: GOOD.v4 },
        { type: "AAAA", data: GOOD.v6 },
      ],
      "other.example.com": [{ type: "A", data: OTHER.v4 }],
    });
    dir = await mkdtemp(path.join(tmpdir(), "agents-machine-"));
    await chmod(dir, 0o755);
  });
  afterAll(async () => {
    started?.child.kill("SIGKILL");
    await world.close();
    await rm(dir, { recursive: true, force: true });
  });

  test("that can't confine it starts nothing, and says why", async () => {
    const { ended, output } = await startAgent("/nowhere");
    expect(await ended).toEqual([78, null]);
    expect(output()).toContain("this machine can't be confined");
    expect(output()).not.toContain("is starting");
  });

  test("starts its gateway as nobody in particular", async () => {
    started = await startAgent();
    await expect
      .poll(async () => (await ask("/startupz")).status, { timeout: WAIT_MS, message: started.output() })
      .toBe(200);
    const status = await tried<string>({ do: "status" });
    expect(status).toMatch(/^Uid:(\s+1000){4}$/m);
    expect(status).toMatch(/^Groups:\s*$/m);
    for (const set of ["CapPrm", "CapEff", "CapBnd"])
      expect(status).toMatch(new RegExp(`^${set}:\\s+0+$`, "m"));
    expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
    expect(status).toMatch(/^Seccomp:\s+2$/m);
    expect(started.output()).toContain("the gateway may reach 1 names, and nothing else");
  });

  test("lets it reach the names it is told of, and no other, nor any address", async () => {
    expect(await tried({ do: "lookup", name: "good.example.com" })).toEqual([GOOD.v4, GOOD.v6]);
    const good = { do: "tls", host: GOOD.v4, servername: "good.example.com" };
    expect((await tried<Outcome>(good)).outcome).toContain("heard hi");
    expect(await tried({ do: "lookup", name: "other.example.com" })).toBe("ENOTFOUND");
    for (const host of [OTHER.v4, OTHER.v6]) {
      const other = await tried<Outcome>({ do: "tls", host, servername: "good.example.com" });
      expect(other.outcome).toMatch(/^E(CONNREFUSED|CONNRESET|ACCES|PERM|HOSTUNREACH)$/);
    }
  });

  test("keeps what it was told, its own environment and the root out of its gateway's hands", async () => {
    const agentPid = (await world.inMachine(["pgrep", "-f", here("machines-agent.ts")]))
      .trim()
      .split("\n")[0];
    for (const command of [
      ["cat", path.join(dir, "agent.json")],
      ["cat", `/proc/${agentPid}/environ`],
      ["kill", "-9", String(agentPid)],
      ["sh", "-c", "echo x > /etc/launchpad-x"],
      ["nft", "flush", "ruleset"],
    ])
      expect({ command, ...(await tried<object>({ do: "run", command })) }).toMatchObject({
        command,
        failed: true,
      });
  });

  test("is the only one that is heard from outside", async () => {
    expect((await ask("/healthz")).status).toBe(200);
    expect((await ask("/try?ask=1")).status).toBe(404);
    for (const port of [GATEWAY_PORT, 5_353, 5_443, 22]) {
      const { outcome } = await world.stranger.ask<Outcome>({ do: "tcp", host: MACHINE.v4, port });
      expect({ port, outcome }).toEqual({ port, outcome: expect.stringMatching(/^(E[A-Z]+|silence)$/) });
    }
  });

  test("ends with its gateway, and the rules outlive it", async () => {
    const agentPid = (await world.inMachine(["pgrep", "-f", here("machines-agent.ts")]))
      .trim()
      .split("\n")[0];
    await world.inMachine(["kill", "-TERM", String(agentPid)]);
    expect(await started.ended).toEqual([0, null]);
    const rules = await world.inMachine(["nft", "list", "table", "inet", "launchpad_confine"]);
    expect(rules).toContain("policy drop");
  });
});
