import type { JsonObject, JsonValue } from "../json.ts";
import { isJsonObject } from "../json.ts";
import { secretNameProblem } from "../secret-name.ts";
import type { RuntimeId } from "./descriptor.ts";
import { NO_KEY } from "./descriptor.ts";

/**
 * What of a runtime's config a customer may write. Ours wins anyway; refusing says so instead of ignoring it silently.
 * Secrets have no place in it, because it can be read back: it refers to them by name (`${NAME}`), and the machine puts
 * the value in. What Launchpad and the runtime themselves go by can't be referred to.
 */
export type ConfigProblem = { pointer: string; message: string };

const OURS: Readonly<Record<string, string>> = {
  gateway: "is managed by Launchpad: it decides who may reach your assistant",
  logging: "is managed by Launchpad: your log page is fed from it",
  update: "is managed by Launchpad: versions change through the dashboard",
  env: "is managed by Launchpad: keep it as a secret of the deployment",
};

/** Keys whose value would be a credential. */
const CREDENTIAL_KEY =
  /(^|[a-z_-])(api[_-]?key|token|secret|password|passphrase|private[_-]?key|credentials?)$/i;
/** `maxTokens` and the like count words, they open nothing. */
const NOT_CREDENTIAL_KEY = /^(max|min|input|output|context|reserve|total|keep).*tokens?$/i;
/** Upstream's form; whatever stands between the braces, so that nothing it would replace goes by unseen. */
const REFERENCES = /\$\{([^}]*)\}/g;
/** All of a value: nothing of the credential stands in the config itself. */
const ONE_REFERENCE = /^\$\{[A-Z][A-Z0-9_]*\}$/;

const BYTES_MAX = 64 * 1024;
const DEPTH_MAX = 24;

export function checkCustomerConfig(config: JsonObject, runtime: RuntimeId): readonly ConfigProblem[] {
  if (new TextEncoder().encode(JSON.stringify(config)).length > BYTES_MAX)
    return [{ pointer: "/config", message: `must be at most ${BYTES_MAX / 1024} KiB` }];
  const ours = Object.keys(config)
    .filter((key) => Object.hasOwn(OURS, key))
    .map((key) => ({ pointer: `/config/${escape(key)}`, message: OURS[key] ?? "is managed by Launchpad" }));
  return [...ours, ...problemsIn(config, runtime, "/config", 0)];
}

function problemsIn(
  value: JsonValue,
  runtime: RuntimeId,
  pointer: string,
  depth: number,
): readonly ConfigProblem[] {
  if (depth > DEPTH_MAX) return [{ pointer, message: `must not be nested deeper than ${DEPTH_MAX}` }];
  if (typeof value === "string") return badReferences(value, runtime, pointer);
  if (Array.isArray(value))
    return value.flatMap((item, index) => problemsIn(item, runtime, `${pointer}/${index}`, depth + 1));
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([key, child]) => {
    const below = `${pointer}/${escape(key)}`;
    return isCredential(key, child)
      ? [
          {
            pointer: below,
            message:
              "looks like a credential: keep it as a secret of the deployment, and write ${ITS_NAME} here",
          },
        ]
      : problemsIn(child, runtime, below, depth + 1);
  });
}

function badReferences(text: string, runtime: RuntimeId, pointer: string): readonly ConfigProblem[] {
  return [...text.matchAll(REFERENCES)].flatMap(([, name = ""]) => {
    const problem = name === NO_KEY.name ? null : secretNameProblem(name, runtime);
    return problem === null ? [] : [{ pointer, message: `the name in a \${…} ${problem}` }];
  });
}

const isCredential = (key: string, value: JsonValue): boolean =>
  CREDENTIAL_KEY.test(key) &&
  !NOT_CREDENTIAL_KEY.test(key) &&
  typeof value === "string" &&
  value !== "" &&
  !ONE_REFERENCE.test(value);

/** RFC 6901 §3. */
const escape = (key: string): string => key.replaceAll("~", "~0").replaceAll("/", "~1");
