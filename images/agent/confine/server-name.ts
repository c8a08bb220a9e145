/**
 * Reads the server name out of the beginning of a TLS connection (RFC 8446 section 4.1.2, RFC 6066 section 3). It
 * believes nothing: every length is held against what is there, and what isn't a well-formed ClientHello has no name.
 */
export type ServerName =
  /** More bytes are needed. */
  | { kind: "incomplete" }
  /** Not TLS, malformed, or a hello without a name. */
  | { kind: "none"; why: string }
  | { kind: "name"; name: string };

/** A hello is some hundred bytes, a few thousand with post-quantum keys. */
export const HELLO_MAX_BYTES = 16 * 1024;

const HANDSHAKE_RECORD = 22;
const CLIENT_HELLO = 1;
const SERVER_NAME_EXTENSION = 0;
const HOST_NAME = 0;

const none = (why: string): ServerName => ({ kind: "none", why });

/** Walks bytes by their lengths; throws `RangeError` past the end. */
class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  number(width: 1 | 2 | 3): number {
    return this.take(width).readUIntBE(0, width);
  }

  take(length: number): Buffer {
    if (length > this.left) throw new RangeError("too short");
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  /** What a length of so many bytes says follows. */
  vector(width: 1 | 2 | 3): Reader {
    return new Reader(this.take(this.number(width)));
  }
}

export function readServerName(bytes: Buffer): ServerName {
  const message: Buffer[] = [];
  let size = 0;
  let at = 0;
  // A hello may be cut into several records; they are put together until the message is whole.
  while (at < bytes.length) {
    if (bytes[at] !== HANDSHAKE_RECORD) return none("not TLS");
    if (bytes.length - at < 5) break;
    if (bytes[at + 1] !== 3) return none("not TLS");
    const length = bytes.readUInt16BE(at + 3);
    if (length === 0 || length > 16_384) return none("malformed record");
    const part = bytes.subarray(at + 5, at + 5 + length);
    message.push(part);
    size += part.length;
    at += 5 + length;
    const head = Buffer.concat(message);
    if (head.length >= 1 && head[0] !== CLIENT_HELLO) return none("not a ClientHello");
    if (head.length >= 4) {
      const wanted = 4 + head.readUIntBE(1, 3);
      if (wanted > HELLO_MAX_BYTES) return none("too long");
      if (size >= wanted) return readHello(head.subarray(4, wanted));
    }
  }
  return bytes.length >= HELLO_MAX_BYTES ? none("too long") : { kind: "incomplete" };
}

function readHello(body: Buffer): ServerName {
  try {
    const hello = new Reader(body);
    hello.take(2 + 32);
    hello.vector(1);
    hello.vector(2);
    hello.vector(1);
    if (hello.left === 0) return none("no server name");
    const extensions = hello.vector(2);
    let found: string | null = null;
    while (extensions.left > 0) {
      const type = extensions.number(2);
      const content = extensions.vector(2);
      if (type !== SERVER_NAME_EXTENSION) continue;
      // Two would let us read one and the server the other.
      if (found !== null) return none("two server names");
      const names = content.vector(2);
      if (names.number(1) !== HOST_NAME) return none("malformed server name");
      const name = names.vector(2);
      found = name.take(name.left).toString("latin1");
      if (names.left > 0 || content.left > 0) return none("two server names");
    }
    if (hello.left > 0) return none("malformed hello");
    return found === null ? none("no server name") : { kind: "name", name: found };
  } catch (error) {
    if (error instanceof RangeError) return none("malformed hello");
    throw error;
  }
}
