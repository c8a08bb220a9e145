import { AwsClient } from "aws4fetch";
import { z } from "zod";
import type { KeyContext, KeyProvider } from "./key-provider.ts";
import { VaultError } from "./key-provider.ts";

/**
 * Key-encryption keys in AWS KMS: they never leave it. Whose data key it is goes into the encryption context, which KMS
 * binds to the ciphertext (docs.aws.amazon.com/kms/latest/APIReference/API_Encrypt.html). Never run against AWS: it is
 * tested against a local server that checks signatures and contexts as KMS documents them.
 */
export type AwsKmsInput = {
  fetch: typeof fetch;
  /** `https://kms.<region>.amazonaws.com`. */
  baseUrl: string;
  region: string;
  accessKeyId: string;
  secretAccessKey: string;
  /** The key that wraps from now on; an ARN or alias. Others still unwrap. */
  activeKeyId: string;
};

const encrypted = z.looseObject({ CiphertextBlob: z.base64() });
const decrypted = z.looseObject({ Plaintext: z.base64() });

export function awsKms(input: AwsKmsInput): KeyProvider {
  const client = new AwsClient({
    accessKeyId: input.accessKeyId,
    secretAccessKey: input.secretAccessKey,
    service: "kms",
    region: input.region,
    retries: 0,
  });

  async function call<T>(action: "Encrypt" | "Decrypt", body: object, schema: z.ZodType<T>): Promise<T> {
    const request = await client.sign(input.baseUrl, {
      method: "POST",
      headers: { "content-type": "application/x-amz-json-1.1", "x-amz-target": `TrentService.${action}` },
      body: JSON.stringify(body),
    });
    const response = await input.fetch(request);
    // Neither the answer nor the request is quoted: both hold keys.
    if (!response.ok) throw new VaultError(`KMS refused to ${action.toLowerCase()} (${response.status}).`);
    return schema.parse(await response.json());
  }

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
      return Uint8Array.from(atob(Plaintext), (char) => char.charCodeAt(0));
    },
  };
}

const contextOf = ({ ownerId, version }: KeyContext) => ({
  purpose: "launchpad-data-key",
  owner: ownerId,
  version: String(version),
});

const toBase64 = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes));
