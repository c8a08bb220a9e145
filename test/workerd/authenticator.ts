/**
 * An authenticator in software, as far as WebAuthn level 3 lets a page see one: an ES256 key, a counter, discoverable,
 * user-verified. `tricks` are what a forger would try.
 */
const FLAG_PRESENT = 0x01;
const FLAG_VERIFIED = 0x04;
const FLAG_CREDENTIAL = 0x40;

type Tricks = { origin?: string; rpId?: string; isVerified?: boolean; counter?: number; isForged?: boolean };

export class Authenticator {
  readonly #origin: string;
  readonly #keys: CryptoKeyPair;
  readonly #id: Uint8Array;
  #counter = 0;

  private constructor(origin: string, keys: CryptoKeyPair) {
    this.#origin = origin;
    this.#keys = keys;
    this.#id = crypto.getRandomValues(new Uint8Array(32));
  }

  static async create(origin: string): Promise<Authenticator> {
    return new Authenticator(origin, await newKeys());
  }

  /** What `navigator.credentials.create` answers, in its JSON form. */
  async register(challenge: string) {
    const data = await this.#authenticatorData(
      {},
      FLAG_CREDENTIAL,
      concat(
        new Uint8Array(16),
        Uint8Array.of(this.#id.length >> 8, this.#id.length & 0xff),
        this.#id,
        await coseKey(this.#keys.publicKey),
      ),
    );
    const attestation = cbor(
      new Map<string, Cbor>([
        ["fmt", "none"],
        ["attStmt", new Map()],
        ["authData", data],
      ]),
    );
    return {
      id: base64url(this.#id),
      rawId: base64url(this.#id),
      type: "public-key" as const,
      clientExtensionResults: {},
      response: {
        clientDataJSON: base64url(this.#clientData("webauthn.create", challenge, {})),
        attestationObject: base64url(attestation),
        transports: ["internal"],
      },
    };
  }

  /** What `navigator.credentials.get` answers, in its JSON form. */
  async answer(challenge: string, tricks: Tricks = {}) {
    this.#counter += 1;
    const clientData = this.#clientData("webauthn.get", challenge, tricks);
    const data = await this.#authenticatorData(tricks, 0, new Uint8Array());
    const { privateKey } = tricks.isForged === true ? await newKeys() : this.#keys;
    const signed = concat(data, await sha256(clientData));
    const raw = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, privateKey, signed);
    return {
      id: base64url(this.#id),
      rawId: base64url(this.#id),
      type: "public-key" as const,
      clientExtensionResults: {},
      response: {
        clientDataJSON: base64url(clientData),
        authenticatorData: base64url(data),
        signature: base64url(derSignature(new Uint8Array(raw))),
      },
    };
  }

  #clientData(type: string, challenge: string, { origin }: Tricks): Uint8Array {
    return text(JSON.stringify({ type, challenge, origin: origin ?? this.#origin, crossOrigin: false }));
  }

  async #authenticatorData(tricks: Tricks, flags: number, more: Uint8Array): Promise<Uint8Array> {
    const rpId = tricks.rpId ?? new URL(this.#origin).hostname;
    const counter = new DataView(new ArrayBuffer(4));
    counter.setUint32(0, tricks.counter ?? this.#counter);
    return concat(
      await sha256(text(rpId)),
      Uint8Array.of(flags | FLAG_PRESENT | (tricks.isVerified === false ? 0 : FLAG_VERIFIED)),
      new Uint8Array(counter.buffer),
      more,
    );
  }
}

async function newKeys(): Promise<CryptoKeyPair> {
  const keys = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, [
    "sign",
    "verify",
  ]);
  if (!("privateKey" in keys)) throw new Error("ECDSA makes pairs.");
  return keys;
}

/** RFC 9053 §2.1: an EC2 key for ES256. */
async function coseKey(key: CryptoKey): Promise<Uint8Array> {
  const point = new Uint8Array((await crypto.subtle.exportKey("raw", key)) as ArrayBuffer); // Raw is bytes.
  return cbor(
    new Map<number, Cbor>([
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, point.slice(1, 33)],
      [-3, point.slice(33, 65)],
    ]),
  );
}

type Cbor = number | string | Uint8Array | Map<string, Cbor> | Map<number, Cbor>;

/** As much of RFC 8949 as an attestation needs. */
function cbor(value: Cbor): Uint8Array {
  if (typeof value === "number") return value >= 0 ? head(0, value) : head(1, -1 - value);
  if (typeof value === "string") return concat(head(3, text(value).length), text(value));
  if (value instanceof Uint8Array) return concat(head(2, value.length), value);
  const entries = [...value].flatMap(([key, inner]) => [cbor(key), cbor(inner)]);
  return concat(head(5, value.size), ...entries);
}

function head(major: number, length: number): Uint8Array {
  const type = major << 5;
  if (length < 24) return Uint8Array.of(type | length);
  return length < 256
    ? Uint8Array.of(type | 24, length)
    : Uint8Array.of(type | 25, length >> 8, length & 0xff);
}

/** WebAuthn wants ASN.1 where WebCrypto gives r and s side by side. */
function derSignature(raw: Uint8Array): Uint8Array {
  const integer = (part: Uint8Array): Uint8Array => {
    const first = part.findIndex((byte) => byte !== 0);
    const bytes = part.slice(Math.max(first, 0));
    const padded = (bytes[0] ?? 0) >= 0x80 ? concat(Uint8Array.of(0), bytes) : bytes;
    return concat(Uint8Array.of(0x02, padded.length), padded);
  };
  const body = concat(integer(raw.slice(0, 32)), integer(raw.slice(32)));
  return concat(Uint8Array.of(0x30, body.length), body);
}

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const sha256 = async (bytes: Uint8Array): Promise<Uint8Array> =>
  new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
const base64url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
