import { createHash, generateKeyPairSync, randomBytes, sign } from "node:crypto";

/**
 * A passkey without a browser: what `navigator.credentials.create` and `.get` answer in their JSON form (WebAuthn level
 * 3), for ES256 and without attestation.
 */
export type Passkey = {
  register(options: Options): Registration;
  prove(options: Options): Assertion;
};

type Options = Readonly<Record<string, unknown>>;
type Answer<R> = {
  id: string;
  rawId: string;
  type: "public-key";
  clientExtensionResults: Record<string, unknown>;
  response: R;
};
type Registration = Answer<{ clientDataJSON: string; attestationObject: string; transports: string[] }>;
type Assertion = Answer<{ clientDataJSON: string; authenticatorData: string; signature: string }>;

const PRESENT_AND_VERIFIED = 0x05;
const HAS_CREDENTIAL = 0x40;
const NO_AAGUID = Buffer.alloc(16);

export function newPasskey(origin: string): Passkey {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const { x = "", y = "" } = publicKey.export({ format: "jwk" });
  const credentialId = randomBytes(32);
  const rpIdHash = createHash("sha256").update(new URL(origin).hostname).digest();
  const id = credentialId.toString("base64url");
  let counter = 0;

  const clientData = (type: string, { challenge }: Options) =>
    Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false }));
  const authenticatorData = (flags: number, ...rest: Buffer[]): Buffer => {
    counter += 1;
    const count = Buffer.alloc(4);
    count.writeUInt32BE(counter);
    return Buffer.concat([rpIdHash, Buffer.from([flags]), count, ...rest]);
  };
  const answer = <R>(response: R): Answer<R> => ({
    id,
    rawId: id,
    type: "public-key",
    clientExtensionResults: {},
    response,
  });

  return {
    register(options) {
      const length = Buffer.alloc(2);
      length.writeUInt16BE(credentialId.length);
      const credential = [NO_AAGUID, length, credentialId, coseKey(x, y)];
      const data = authenticatorData(PRESENT_AND_VERIFIED | HAS_CREDENTIAL, ...credential);
      return answer({
        clientDataJSON: clientData("webauthn.create", options).toString("base64url"),
        attestationObject: attestation(data).toString("base64url"),
        transports: ["internal"],
      });
    },
    prove(options) {
      const data = authenticatorData(PRESENT_AND_VERIFIED);
      const client = clientData("webauthn.get", options);
      const signed = Buffer.concat([data, createHash("sha256").update(client).digest()]);
      return answer({
        clientDataJSON: client.toString("base64url"),
        authenticatorData: data.toString("base64url"),
        signature: sign("sha256", signed, privateKey).toString("base64url"),
      });
    },
  };
}

/** CBOR (RFC 8949), as much of it as is needed: short texts, byte strings and maps written out by hand. */
const bytes = (content: Buffer): Buffer => Buffer.concat([Buffer.from([0x58, content.length]), content]);
const text = (content: string): Buffer =>
  Buffer.concat([Buffer.from([0x60 + content.length]), Buffer.from(content)]);

/** `{1: 2 (EC2), 3: -7 (ES256), -1: 1 (P-256), -2: x, -3: y}` (RFC 9053). */
const coseKey = (x: string, y: string): Buffer =>
  Buffer.concat([
    Buffer.from([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21]),
    bytes(Buffer.from(x, "base64url")),
    Buffer.from([0x22]),
    bytes(Buffer.from(y, "base64url")),
  ]);

/** `{fmt: "none", attStmt: {}, authData}`. */
const attestation = (authData: Buffer): Buffer =>
  Buffer.concat([
    Buffer.from([0xa3]),
    text("fmt"),
    text("none"),
    text("attStmt"),
    Buffer.from([0xa0]),
    text("authData"),
    bytes(authData),
  ]);
