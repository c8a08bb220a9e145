import type { Config } from "../env.ts";
import { awsKms } from "./aws-kms.ts";
import type { KeyProvider } from "./key-provider.ts";
import { localKeys } from "./local-keys.ts";

/** KMS where the environment names a key of it, else the Worker's own secrets; these go on opening what they wrapped. */
export function keysOf(config: Config, fetcher: typeof fetch): KeyProvider {
  const local = localKeys(config.KEKS, config.KEK_ACTIVE ?? "");
  if (config.KMS === null) return local;
  const kms = awsKms({ ...config.KMS, fetch: fetcher });
  return {
    activeKekId: kms.activeKekId,
    wrap: (key, context) => kms.wrap(key, context),
    unwrap: (wrapped, kekId, context) =>
      (Object.hasOwn(config.KEKS, kekId) ? local : kms).unwrap(wrapped, kekId, context),
  };
}
