import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import tls from "node:tls";
import { assert, nat, property, uint8Array } from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { HELLO_MAX_BYTES, readServerName } from "../../images/agent/confine/server-name.ts";

/** What a real client begins with. */
async function helloOf(servername: string): Promise<Buffer> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const socket = connect(port, "127.0.0.1");
  const client = tls.connect({ socket, servername, rejectUnauthorized: false });
  client.on("error", () => undefined);
  const [accepted] = (await once(server, "connection")) as [ReturnType<typeof connect>];
  const [chunk] = (await once(accepted, "data")) as [Buffer];
  client.destroy();
  accepted.destroy();
  server.close();
  return chunk;
}

/** The same message in records of so many bytes. */
function cutIntoRecords(hello: Buffer, size: number): Buffer {
  const message = hello.subarray(5);
  const records: Buffer[] = [];
  for (let at = 0; at < message.length; at += size) {
    const part = message.subarray(at, at + size);
    records.push(Buffer.from([22, 3, 1, part.length >> 8, part.length & 255]), part);
  }
  return Buffer.concat(records);
}

describe("the server name of a TLS connection", () => {
  let hello: Buffer;
  beforeAll(async () => {
    hello = await helloOf("good.example.com");
  });

  test("is what a real client asks for, in one record or many", () => {
    expect(readServerName(hello)).toEqual({ kind: "name", name: "good.example.com" });
    for (const size of [1, 7, 100])
      expect(readServerName(cutIntoRecords(hello, size))).toEqual({ kind: "name", name: "good.example.com" });
  });

  test("is waited for as long as the hello isn't whole", () => {
    for (let length = 0; length < hello.length; length += 1)
      expect(readServerName(hello.subarray(0, length))).toEqual({ kind: "incomplete" });
  });

  test("isn't waited for without end", () => {
    const endless = Buffer.concat([
      Buffer.from([22, 3, 1, 64, 0, 1, 0, 63, 252]),
      Buffer.alloc(HELLO_MAX_BYTES),
    ]);
    expect(readServerName(endless).kind).toBe("none");
    expect(readServerName(Buffer.from([22, 3, 1, 64, 0, 1, 255, 255, 255])).kind).toBe("none");
  });

  test.each([
    ["plain HTTP", Buffer.from("GET / HTTP/1.1\r\n")],
    ["SSH", Buffer.from("SSH-2.0-x\r\n")],
    ["an alert", Buffer.from([21, 3, 1, 0, 2, 1, 0])],
    ["an old hello", Buffer.from([0x80, 0x2e, 1, 3, 1])],
    ["another message", Buffer.from([22, 3, 1, 0, 4, 2, 0, 0, 0])],
  ])("%s has none", (_what, bytes) => {
    expect(readServerName(bytes).kind).toBe("none");
  });

  test("a hello without a name, or with two, has none", async () => {
    expect(await helloOf("").then(readServerName)).toEqual({ kind: "none", why: "no server name" });
    // Twice the same extension, with all lengths around it made right.
    const at = hello.indexOf(Buffer.from("good.example.com"));
    const extension = hello.subarray(at - 9, at + 16);
    const sessionEnd = 5 + 4 + 34 + 1 + (hello[5 + 4 + 34] ?? 0);
    const ciphersEnd = sessionEnd + 2 + hello.readUInt16BE(sessionEnd);
    const lengthAt = ciphersEnd + 1 + (hello[ciphersEnd] ?? 0);
    const twice = Buffer.concat([hello.subarray(0, at - 9), extension, hello.subarray(at - 9)]);
    twice.writeUInt16BE(twice.readUInt16BE(lengthAt) + extension.length, lengthAt);
    twice.writeUInt16BE(twice.readUInt16BE(3) + extension.length, 3);
    twice.writeUIntBE(twice.readUIntBE(6, 3) + extension.length, 6, 3);
    expect(readServerName(twice)).toEqual({ kind: "none", why: "two server names" });
  });

  test("no bytes make it fail", () => {
    assert(
      property(uint8Array({ maxLength: 300 }), nat(hello.length - 1), (bytes, at) => {
        expect(() => readServerName(Buffer.from(bytes))).not.toThrow();
        const spoilt = Buffer.from(hello);
        spoilt.set(bytes.subarray(0, spoilt.length - at), at);
        expect(() => readServerName(spoilt)).not.toThrow();
      }),
      { numRuns: 2_000 },
    );
  });
});
