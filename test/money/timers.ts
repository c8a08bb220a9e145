import { createHash } from "node:crypto";

/**
 * Stripe's client waits between its tries, and gives up on answers that don't come. In a model whose time is moved
 * nobody waits: short waits are over at once, and long ones never come. Hashes are there at once, too.
 */
type Algorithm = string | { name: string };
const LONG_MS = 9_000;

export async function withoutWaiting<T>(work: () => Promise<T>): Promise<T> {
  const { setTimeout: timer } = globalThis;
  const { subtle } = crypto;
  const digest = subtle.digest.bind(subtle);
  const swift = (run: (...given: unknown[]) => void, ms = 0, ...given: unknown[]) =>
    ms < LONG_MS ? setImmediate(run, ...given) : timer(() => undefined, 0);
  globalThis.setTimeout = swift as unknown as typeof setTimeout; // What is asked for of it.
  subtle.digest = async (algorithm: Algorithm, data: ArrayBuffer | ArrayBufferView) => {
    const bytes = ArrayBuffer.isView(data) ? new Uint8Array(data.buffer) : new Uint8Array(data);
    const hash = createHash(nameOf(algorithm).replace("-", "").toLowerCase()).update(bytes).digest();
    return hash.buffer.slice(hash.byteOffset, hash.byteOffset + hash.byteLength);
  };
  try {
    return await work();
  } finally {
    globalThis.setTimeout = timer;
    subtle.digest = digest;
  }
}

const nameOf = (algorithm: Algorithm): string => (typeof algorithm === "string" ? algorithm : algorithm.name);
