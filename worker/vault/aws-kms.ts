import { AwsClient } from "aws4fetch";
import { z } from "zod";
import { withDeadline } from "../platform/deadline.ts";
import { fromBytes } from "./bytes.ts";
import type { KeyContext, KeyProvider } from "./key-provider.ts";
import { DATA_KEY_BYTES, VaultError } from "./key-provider.ts";

/**
 * Key-encryption keys in AWS KMS: they never leave it. Whose data key it is goes into the encryption context, which KMS
 * binds to the ciphertext (docs.aws.amazon.com/kms/latest/APIReference/API_Encrypt.html). Never run against AWS: it is
 * tested against a local server that checks signatures and contexts as KMS documents them (`test/conformance/kms`).
 */
export type AwsKmsInput = {
  fetch: typeof fetch;
  /** `https://kms.<region>.amazonaws.com`. */
  baseUrl: string;
  region: string;
  accessKeyId: string;
  secretAccessKey: string;
  /** The key that wraps from now on, by ARN. Others still unwrap. */
  activeKeyId: string;
};

const encrypted = z.looseObject({ CiphertextBlob: z.base64() });
const decrypted = z.looseObject({ Plaintext: z.base64() });
const refusal = z.looseObject({ __type: z.string() });

/** KMS answers within tens of milliseconds; whoever waits holds a request or a pass. */
const TIMEOUT_MS = 5_000;

/**
 * Refusals that say nothing about the data key (API_Decrypt, "Errors"; developer guide, "Throttling"): asking again later
 * may help. Any other 4xx is for good, until somebody looks.
 */
const PASSING = new Set([
  "ThrottlingException",
  "LimitExceededException",
  "RequestTimeoutException",
  "DependencyTimeoutException",
  "KeyUnavailableException",
  "KMSInternalException",
]);
const ERROR_NAME = /^[A-Za-z]{3,60}(Exception|Match)$/;

export function awsKms(input: AwsKmsInput): KeyProvider {
  const client = new AwsClient({
    accessKeyId: input.accessKeyId,
    secretAccessKey: input.secretAccessKey,
    service: "kms",
    region: input.region,
    retries: 0,
  });

  /** Neither the answer nor the request is quoted, nor kept as a cause: both hold keys. */
  async function call<T>(action: "Encrypt" | "Decrypt", body: object, schema: z.ZodType<T>): Promise<T> {
    const request = await client.sign(input.baseUrl, {
      method: "POST",
      headers: { "content-type": "application/x-amz-json-1.1", "x-amz-target": `TrentService.${action}` },
      body: JSON.stringify(body),
    });
    const answer = await ask(request).catch((error: unknown) =>
      error instanceof Error ? error.name : "unknown",
    );
    if (typeof answer === "string") throw new Error(`KMS did not answer (${answer}).`);
    const { status, content } = answer;
    if (status < 200 || status > 299) throw refused(action, status, content);
    const parsed = schema.safeParse(content);
    if (!parsed.success) throw new Error("KMS answered something we don't understand.");
    return parsed.data;
  }

  const ask = (request: Request): Promise<{ status: number; content: unknown }> =>
    withDeadline(TIMEOUT_MS, undefined, async (signal) => {
      const response = await input.fetch(request, { signal });
      return { status: response.status, content: parseJson(await response.arrayBuffer()) };
    });

  return {
    activeKekId: input.activeKeyId,
    async wrap(dataKey, context) {
      const { CiphertextBlob } = await call(
        "Encrypt",
        { KeyId: input.activeKeyId, Plaintext: toBase64(dataKey), EncryptionContext: contextOf(context) },
        encrypted,
      );
      return CiphertextBlob;
    },
    async unwrap(wrapped, kekId, context) {
      const { Plaintext } = await call(
        "Decrypt",
        { KeyId: kekId, CiphertextBlob: wrapped, EncryptionContext: contextOf(context) },
        decrypted,
      );
      const dataKey = Uint8Array.from(atob(Plaintext), (char) => char.charCodeAt(0));
      if (dataKey.length !== DATA_KEY_BYTES) throw new VaultError("What KMS unwrapped is no data key.");
      return dataKey;
    },
  };
}

function refused(action: string, status: number, content: unknown): Error {
  const body = refusal.safeParse(content);
  // Some services put a namespace and `#` before it.
  const type = body.success ? (body.data["__type"].split("#").at(-1) ?? "") : "";
  const name = ERROR_NAME.test(type) ? type : "unknown";
  const message = `KMS refused to ${action.toLowerCase()} (${status}, ${name}).`;
  return status >= 500 || status === 429 || PASSING.has(name) ? new Error(message) : new VaultError(message);
}

const contextOf = ({ ownerId, version }: KeyContext) => ({
  purpose: "launchpad-data-key",
  owner: ownerId,
  version: String(version),
});

const toBase64 = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes));

/** Bytes, because the platform warns of text under KMS's own content type. */
function parseJson(content: ArrayBuffer): unknown {
  try {
    return JSON.parse(fromBytes(new Uint8Array(content)));
  } catch {
    return null; // No answer of KMS's; its parser's complaint would quote it.
  }
}
