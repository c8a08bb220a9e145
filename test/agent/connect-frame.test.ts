import { array, assert, nat, property, uint8Array } from "fast-check";
import { describe, expect, it } from "vitest";
import { connectFrameEditor } from "../../images/agent/guard/connect-frame.ts";

const MASK = Buffer.from([1, 2, 3, 4]);

function frame(text: string, { opcode = 1, isFinal = true } = {}): Buffer {
  const payload = Buffer.from(text);
  const head =
    payload.length < 126
      ? Buffer.from([(isFinal ? 0x80 : 0) | opcode, 0x80 | payload.length])
      : Buffer.from([(isFinal ? 0x80 : 0) | opcode, 0x80 | 126, payload.length >> 8, payload.length & 0xff]);
  return Buffer.concat([head, MASK, payload.map((byte, index) => byte ^ (MASK[index & 3] ?? 0))]);
}

/** What one frame says. */
function textOf(bytes: Buffer): { text: string; length: number } {
  const short = (bytes[1] ?? 0) & 0x7f;
  const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0;
  const length =
    short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short;
  const start = 2 + lengthBytes + 4;
  const mask = bytes.subarray(start - 4, start);
  const payload = bytes.subarray(start, start + length).map((byte, index) => byte ^ (mask[index & 3] ?? 0));
  return { text: Buffer.from(payload).toString(), length: start + length };
}

const CONNECT = JSON.stringify({ method: "connect", params: { text: "ü".repeat(100) } });

describe("the first message of a connection", () => {
  it("is found however the network cuts it, and what follows is left alone", () => {
    assert(
      property(array(nat({ max: 400 }), { maxLength: 8 }), uint8Array({ maxLength: 50 }), (cuts, rest) => {
        const stream = Buffer.concat([frame(CONNECT), rest]);
        const editor = connectFrameEditor("secret");
        const passed: Buffer[] = [];
        let isDone = false;
        const places = [
          0,
          ...cuts.filter((cut) => cut < stream.length).toSorted((a, b) => a - b),
          stream.length,
        ];
        for (let index = 0; index + 1 < places.length; index += 1) {
          const chunk = stream.subarray(places[index], places[index + 1]);
          if (chunk.length === 0) continue;
          const taken: ReturnType<typeof editor.take> = isDone ? { pass: chunk, isDone } : editor.take(chunk);
          if (taken === null) throw new Error("It was taken for something else.");
          ({ isDone } = taken);
          passed.push(taken.pass);
        }
        const out = Buffer.concat(passed);
        const { text, length } = textOf(out);
        expect(JSON.parse(text)).toEqual({
          method: "connect",
          params: { text: "ü".repeat(100), auth: { password: "secret" } },
        });
        expect(out.subarray(length).equals(Buffer.from(rest))).toBe(true);
      }),
    );
  });

  it("that grows past 64 KiB with the password is still a frame", () => {
    const text = JSON.stringify({ method: "connect", params: { text: "x".repeat(65_400) } });
    const taken = connectFrameEditor("y".repeat(200)).take(frame(text));
    expect(textOf(taken?.pass ?? Buffer.alloc(0)).text).toContain("y".repeat(200));
  });

  it.each([
    ["isn't masked", Buffer.from([0x81, 0x01, 0x61])],
    ["is compressed", Buffer.from([0xc1, 0x81, 0, 0, 0, 0, 0])],
    ["is binary", frame("x", { opcode: 2 })],
    ["goes on with nothing", frame("x", { opcode: 0 })],
    ["is two at once", Buffer.concat([frame("{", { isFinal: false }), frame("}")])],
    ["says it has a gigabyte", Buffer.from([0x81, 0xff, 0, 0, 0, 0, 0x40, 0, 0, 0])],
  ])("that %s ends the connection", (_, bytes) => {
    expect(connectFrameEditor("secret").take(bytes)).toBeNull();
  });

  it("whatever comes, nothing breaks and what is held back is bounded", () => {
    assert(
      property(array(uint8Array({ maxLength: 300 }), { maxLength: 10 }), (chunks) => {
        const editor = connectFrameEditor("secret");
        for (const chunk of chunks) {
          const taken = editor.take(Buffer.from(chunk));
          if (taken === null || taken.isDone) return;
          expect(taken.pass.length).toBeLessThanOrEqual(3_000);
        }
      }),
    );
  });
});
