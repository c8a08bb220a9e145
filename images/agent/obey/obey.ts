import type { IncomingMessage } from "node:http";
import type { ControlAnswer, ControlOperation } from "../contract/control.ts";
import {
  CONTROL_BODY_BYTES_MAX,
  CONTROL_HEADER,
  CONTROL_OPERATIONS,
  controlPath,
} from "../contract/control.ts";
import type { ControlWords } from "./words.ts";

/** Does what one call asks for; one at a time. */
export type Hands = (operation: ControlOperation) => Promise<ControlAnswer>;

/** Answers a call of the control plane; null for everybody else, who are shown nothing. */
export type Obey = (incoming: IncomingMessage) => Promise<ControlAnswer | null>;

const BY_PATH = new Map(CONTROL_OPERATIONS.map((operation) => [controlPath(operation), operation]));
const BUSY: ControlAnswer = { ok: false, code: "busy", reason: "Something else is being done." };
const FAILED: ControlAnswer = { ok: false, code: "failed", reason: "It could not be done." };

export function createObey(words: ControlWords, hands: Hands): Obey {
  let isBusy = false;

  async function obeyed(operation: ControlOperation): Promise<ControlAnswer> {
    if (isBusy) return BUSY;
    isBusy = true;
    try {
      return await hands(operation);
    } catch {
      return FAILED; // What went wrong in here may quote what is nobody's to read.
    } finally {
      isBusy = false;
    }
  }

  return async (incoming) => {
    const { method = "", url = "" } = incoming;
    const operation = BY_PATH.get(url);
    const token = incoming.headers[CONTROL_HEADER];
    if (operation === undefined || method !== "POST" || typeof token !== "string") return null;
    // Before a byte of its body is read.
    const word = await words.read(token, { method, path: url });
    if (word === null) return null;
    const body = await bodyOf(incoming);
    return body !== null && word.spend(body) ? obeyed(operation) : null;
  };
}

/** Null when it is too much, or was cut off. */
async function bodyOf(incoming: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of incoming.iterator({ destroyOnReturn: false })) {
      const bytes = chunk as Buffer; // Nobody set an encoding.
      size += bytes.length;
      if (size > CONTROL_BODY_BYTES_MAX) return null;
      chunks.push(bytes);
    }
    return Buffer.concat(chunks);
  } catch {
    return null;
  }
}
