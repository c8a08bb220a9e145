import type { JsonObject, JsonValue } from "../json.ts";
import { isJsonObject } from "../json.ts";
import { NO_KEY } from "./descriptor.ts";

/**
 * What of a runtime's config a customer may write. Ours wins anyway; refusing says so instead of ignoring it silently.
 * Secrets have no place in it: until the vault exists none are accepted, and what is here can be read back.
 */
export type ConfigProblem = { pointer: string; message: string };

const OURS: Readonly<Record<string, string>> = {
  gateway: "is managed by Launchpad: it decides who may reach your assistant",
  logging: "is managed by Launchpad: your log page is fed from it",
  update: "is managed by Launchpad: versions change through the dashboard",
  env: "is managed by Launchpad: secrets will have a place of their own",
};

/** Keys whose value would be a credential. */
const CREDENTIAL_KEY =
  /(^|[a-z_-])(api[_-]?key|token|secret|password|passphrase|private[_-]?key|credentials?)$/i;
/** `maxTokens` and the like count words, they open nothing. */
const NOT_CREDENTIAL_KEY = /^(max|min|input|output|context|reserve|total|keep).*tokens?$/i;
const REFERENCE = /\$\{[^}]*\}/;
const NO_KEY_REFERENCE = `\${${NO_KEY.name}}`;

const BYTES_MAX = 64 * 1024;
const DEPTH_MAX = 24;

export function checkCustomerConfig(config: JsonObject): readonly ConfigProblem[] {
  if (new TextEncoder().encode(JSON.stringify(config)).length > BYTES_MAX)
    return [{ pointer: "/config", message: `must be at most ${BYTES_MAX / 1024} KiB` }];
  const ours = Object.keys(config)
    .filter((key) => Object.hasOwn(OURS, key))
    .map((key) => ({ pointer: `/config/${escape(key)}`, message: OURS[key] ?? "is managed by Launchpad" }));
  return [...ours, ...credentials(config, "/config", 0)];
}

function credentials(value: JsonValue, pointer: string, depth: number): readonly ConfigProblem[] {
  if (depth > DEPTH_MAX) return [{ pointer, message: `must not be nested deeper than ${DEPTH_MAX}` }];
  if (value === NO_KEY_REFERENCE) return [];
  if (typeof value === "string")
    return REFERENCE.test(value) ? [{ pointer, message: "must not refer to environment variables" }] : [];
  if (Array.isArray(value))
    return value.flatMap((item, index) => credentials(item, `${pointer}/${index}`, depth + 1));
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([key, child]) => {
    const below = `${pointer}/${escape(key)}`;
    const isCredential =
      CREDENTIAL_KEY.test(key) &&
      !NOT_CREDENTIAL_KEY.test(key) &&
      typeof child === "string" &&
      child !== "" &&
      child !== NO_KEY_REFERENCE;
    return isCredential
      ? [{ pointer: below, message: "looks like a credential; secrets are not accepted here" }]
      : credentials(child, below, depth + 1);
  });
}

/** RFC 6901 §3. */
const escape = (key: string): string => key.replaceAll("~", "~0").replaceAll("/", "~1");
