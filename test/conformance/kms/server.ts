import { createCipheriv, createDecipheriv, createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import type { Listener } from "../../../local/process/listen.ts";
import { listen } from "../../../local/process/listen.ts";
import { signatureOf } from "./sigv4.ts";

/**
 * KMS in small, for `Encrypt` and `Decrypt` with symmetric keys, written from AWS's API reference: JSON 1.1 over POST /,
 * every request signed, the encryption context bound to the ciphertext and compared exactly, at most 4,096 bytes.
 */
export type KmsOptions = {
  region: string;
  accessKeyId: string;
  secretAccessKey: string;
  /** ARN → whether it can be used; `false`: it is disabled. */
  keys: Record<string, boolean>;
  now?: () => number;
};

export type Kms = Listener & {
  /** How often each action was carried out. */
  counts: { Encrypt: number; Decrypt: number };
  /** The next answers, in order, whatever is asked. */
  answerNext(...answers: readonly { status: number; body: string }[]): void;
};

const PLAINTEXT_BYTES_MAX = 4_096;
/** IAM User Guide: a request must arrive within five minutes of its time stamp. */
const SKEW_MS = 5 * 60_000;
const CONTENT_TYPE = "application/x-amz-json-1.1";
const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})$/;

const context = z.record(z.string(), z.string()).default({});
const encryptRequest = z.strictObject({
  KeyId: z.string(),
  Plaintext: z.base64().min(1),
  EncryptionContext: context,
});
const decryptRequest = z.strictObject({
  KeyId: z.string().optional(),
  CiphertextBlob: z.base64().min(1),
  EncryptionContext: context,
});

class Refusal extends Error {
  readonly status: number;
  readonly type: string;

  constructor(status: number, type: string) {
    super(type);
    this.status = status;
    this.type = type;
  }
}

export async function startKms(options: KmsOptions, port = 0): Promise<Kms> {
  const secrets = new Map(Object.keys(options.keys).map((arn) => [arn, randomBytes(32)]));
  const counts = { Encrypt: 0, Decrypt: 0 };
  const planned: { status: number; body: string }[] = [];

  async function handle(request: Request): Promise<Response> {
    const body = await request.text();
    const answer = planned.shift();
    if (answer !== undefined) return new Response(answer.body, { status: answer.status });
    try {
      authenticate(options, request, body);
      return Response.json(act(request.headers.get("x-amz-target"), body), {
        headers: { "content-type": CONTENT_TYPE },
      });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return Response.json(
        { __type: error.type, message: "See the API reference." },
        { status: error.status },
      );
    }
  }

  function act(target: string | null, body: string): object {
    switch (target) {
      case "TrentService.Encrypt": {
        counts.Encrypt += 1;
        const { KeyId, Plaintext, EncryptionContext } = parse(encryptRequest, body);
        const plaintext = Buffer.from(Plaintext, "base64");
        if (plaintext.length > PLAINTEXT_BYTES_MAX) throw new Refusal(400, "ValidationException");
        const arn = usable(KeyId);
        const iv = randomBytes(12);
        const cipher = createCipheriv("aes-256-gcm", keyOf(arn), iv).setAAD(bound(EncryptionContext));
        const sealed = Buffer.concat([cipher.update(plaintext), cipher.final()]);
        const blob = Buffer.concat([idOf(arn), iv, cipher.getAuthTag(), sealed]);
        return {
          CiphertextBlob: blob.toString("base64"),
          KeyId: arn,
          EncryptionAlgorithm: "SYMMETRIC_DEFAULT",
        };
      }
      case "TrentService.Decrypt": {
        counts.Decrypt += 1;
        const { KeyId, CiphertextBlob, EncryptionContext } = parse(decryptRequest, body);
        const blob = Buffer.from(CiphertextBlob, "base64");
        const made = [...secrets.keys()].find((arn) => idOf(arn).equals(blob.subarray(0, 8)));
        if (made === undefined) throw new Refusal(400, "InvalidCiphertextException");
        if (KeyId !== undefined && usable(KeyId) !== made) throw new Refusal(400, "IncorrectKeyException");
        const plaintext = opened(blob, keyOf(usable(made)), EncryptionContext);
        return {
          Plaintext: plaintext.toString("base64"),
          KeyId: made,
          EncryptionAlgorithm: "SYMMETRIC_DEFAULT",
        };
      }
      default:
        throw new Refusal(400, "UnknownOperationException");
    }
  }

  function keyOf(arn: string): Buffer {
    const key = secrets.get(arn);
    if (key === undefined) throw new Refusal(400, "NotFoundException");
    return key;
  }

  /** By ARN or by the id at its end. */
  function usable(keyId: string): string {
    const arn = [...secrets.keys()].find((one) => one === keyId || one.endsWith(`:key/${keyId}`));
    if (arn === undefined) throw new Refusal(400, "NotFoundException");
    if (options.keys[arn] === false) throw new Refusal(400, "DisabledException");
    return arn;
  }

  const listener = await listen(handle, port);
  return { ...listener, counts, answerNext: (...answers) => void planned.push(...answers) };
}

function authenticate(options: KmsOptions, request: Request, body: string): void {
  const { pathname, search } = new URL(request.url);
  if (request.method !== "POST" || pathname !== "/") throw new Refusal(404, "UnknownOperationException");
  if (request.headers.get("content-type") !== CONTENT_TYPE)
    throw new Refusal(415, "UnsupportedMediaTypeException");
  const parts = AUTHORIZATION.exec(request.headers.get("authorization") ?? "");
  if (parts === null) throw new Refusal(403, "IncompleteSignature");
  const [, accessKeyId = "", date = "", region = "", service = "", signed = "", signature = ""] = parts;
  if (accessKeyId !== options.accessKeyId) throw new Refusal(403, "UnrecognizedClientException");
  if (region !== options.region || service !== "kms") throw new Refusal(403, "SignatureDoesNotMatch");
  const headers = Object.fromEntries(request.headers);
  const signedHeaders = signed.split(";");
  // "At a minimum, you must include the host header and any x-amz-* headers in the signature."
  const mustBeSigned = ["host", ...Object.keys(headers).filter((name) => name.startsWith("x-amz-"))];
  if (!mustBeSigned.every((name) => signedHeaders.includes(name)))
    throw new Refusal(403, "SignatureDoesNotMatch");
  const instant = headers["x-amz-date"] ?? "";
  if (!instant.startsWith(date)) throw new Refusal(403, "SignatureDoesNotMatch");
  const age = (options.now ?? Date.now)() - instantOf(instant);
  if (!(Math.abs(age) <= SKEW_MS)) throw new Refusal(403, "RequestExpired");
  const expected = signatureOf(
    { method: "POST", path: pathname, query: search.slice(1), headers, signedHeaders, body },
    instant,
    { date, region, service },
    options.secretAccessKey,
  );
  if (!timingSafeEqual(Buffer.from(expected), Buffer.from(signature)))
    throw new Refusal(403, "SignatureDoesNotMatch");
}

/** `20261123T210400Z`; NaN for anything else. */
const instantOf = (text: string): number =>
  Date.parse(text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));

function parse<T>(schema: z.ZodType<T>, body: string): T {
  try {
    return schema.parse(JSON.parse(body));
  } catch {
    throw new Refusal(400, "SerializationException");
  }
}

function opened(blob: Buffer, key: Buffer, encryptionContext: Record<string, string>): Buffer {
  try {
    const decipher = createDecipheriv("aes-256-gcm", key, blob.subarray(8, 20));
    decipher.setAAD(bound(encryptionContext)).setAuthTag(blob.subarray(20, 36));
    return Buffer.concat([decipher.update(blob.subarray(36)), decipher.final()]);
  } catch {
    throw new Refusal(400, "InvalidCiphertextException");
  }
}

const idOf = (arn: string): Buffer => createHash("sha256").update(arn).digest().subarray(0, 8);

/** The order of pairs doesn't matter, their case does (developer guide, "Encryption context"). */
const bound = (pairs: Record<string, string>): Buffer =>
  Buffer.from(JSON.stringify(Object.entries(pairs).sort(([a], [b]) => (a < b ? -1 : 1))));
