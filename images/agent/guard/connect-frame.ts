import { randomBytes } from "node:crypto";

/**
 * Puts the gateway's password into the first message of a client's WebSocket, the `connect` request of the Clawdbot and
 * Moltbot lines. Their pages sign it with a key of the browser's, token included but not password: so the password can
 * be added without breaking the signature (gateway/device-auth.js of both). After that first message bytes pass as
 * they are.
 */

/** A connect request has some 1,500 bytes. */
const FIRST_MESSAGE_MAX = 64 * 1024;

const OPCODE = { continuation: 0x0, text: 0x1, close: 0x8 } as const;

type Frame = {
  isFinal: boolean;
  opcode: number;
  payload: Buffer;
  /** As it came, mask and all. */ bytes: Buffer;
};

export type FrameEditor = {
  /** Takes what came, answers what may pass; null: it is no WebSocket as we know it, and the connection ends. */
  take(chunk: Buffer): { pass: Buffer; isDone: boolean } | null;
};

export function connectFrameEditor(password: string): FrameEditor {
  let waiting: Buffer = Buffer.alloc(0);
  let message: Buffer[] = [];

  return {
    take(chunk) {
      waiting = waiting.length === 0 ? chunk : Buffer.concat([waiting, chunk]);
      const pass: Buffer[] = [];
      for (;;) {
        const frame = readFrame(waiting);
        if (frame === "malformed") return null;
        if (frame === "incomplete")
          return waiting.length > FIRST_MESSAGE_MAX ? null : { pass: Buffer.concat(pass), isDone: false };
        waiting = waiting.subarray(frame.bytes.length);
        if (frame.opcode >= OPCODE.close) {
          pass.push(frame.bytes);
          continue;
        }
        // Only text, in one piece or several: the lines' pages and programs send nothing else first.
        const isExpected =
          message.length === 0 ? frame.opcode === OPCODE.text : frame.opcode === OPCODE.continuation;
        if (!isExpected) return null;
        message.push(frame.payload);
        if (message.reduce((total, { length }) => total + length, 0) > FIRST_MESSAGE_MAX) return null;
        if (!frame.isFinal) continue;
        pass.push(textFrame(withPassword(Buffer.concat(message).toString("utf8"), password)), waiting);
        message = [];
        waiting = Buffer.alloc(0);
        return { pass: Buffer.concat(pass), isDone: true };
      }
    },
  };
}

/** Anything but a connect request passes as it is: the gateway refuses it in its own words. */
function withPassword(text: string, password: string): string {
  try {
    const frame = JSON.parse(text) as { method?: unknown; params?: { auth?: object } } | null;
    if (frame?.method !== "connect" || typeof frame.params !== "object" || frame.params === null) return text;
    const auth = { ...frame.params.auth, password };
    return JSON.stringify({ ...frame, params: { ...frame.params, auth } });
  } catch {
    return text;
  }
}

/** RFC 6455 §5.2. A client masks what it sends, and no extension was agreed on. */
function readFrame(buffer: Buffer): Frame | "incomplete" | "malformed" {
  if (buffer.length < 2) return "incomplete";
  const [first = 0, second = 0] = buffer;
  const isMasked = (second & 0x80) !== 0;
  if (!isMasked || (first & 0x70) !== 0) return "malformed";
  const short = second & 0x7f;
  if (short === 127) return "malformed"; // More than 64 KiB.
  const lengthBytes = short === 126 ? 2 : 0;
  const headLength = 2 + lengthBytes + 4;
  if (buffer.length < headLength) return "incomplete";
  const length = lengthBytes === 0 ? short : buffer.readUInt16BE(2);
  if (buffer.length < headLength + length) return "incomplete";
  const mask = buffer.subarray(headLength - 4, headLength);
  const payload = Buffer.from(buffer.subarray(headLength, headLength + length));
  for (let index = 0; index < length; index += 1)
    payload[index] = (payload[index] ?? 0) ^ (mask[index & 3] ?? 0);
  const bytes = buffer.subarray(0, headLength + length);
  return { isFinal: (first & 0x80) !== 0, opcode: first & 0x0f, payload, bytes };
}

function textFrame(text: string): Buffer {
  const payload = Buffer.from(text, "utf8");
  const mask = randomBytes(4);
  for (let index = 0; index < payload.length; index += 1)
    payload[index] = (payload[index] ?? 0) ^ (mask[index & 3] ?? 0);
  const head =
    payload.length < 126 ? Buffer.alloc(2) : payload.length < 65_536 ? Buffer.alloc(4) : Buffer.alloc(10);
  head[0] = 0x80 | OPCODE.text;
  if (head.length === 2) head[1] = 0x80 | payload.length;
  else if (head.length === 4) {
    head[1] = 0x80 | 126;
    head.writeUInt16BE(payload.length, 2);
  } else {
    head[1] = 0x80 | 127;
    head.writeBigUInt64BE(BigInt(payload.length), 2);
  }
  return Buffer.concat([head, mask, payload]);
}
