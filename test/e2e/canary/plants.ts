import type { Mutation } from "../../support/mutant.ts";
import type { Hit } from "./findings.ts";
import type { Place } from "./places.ts";

/** Leaks for a temporary build: each must be found, in the place it leaks to. */
export type Plant = Mutation & { place: Place; form: Hit["form"] };

export const PLANTS: readonly Plant[] = [
  {
    name: "the value of a secret goes on record",
    file: "worker/usecases/secrets.ts",
    find: "content: { name: input.name, check: checked.value.result }",
    replace: "content: { name: input.name, check: checked.value.result, value: input.value }",
    place: "D1 rows",
    form: "plain",
  },
  {
    name: "what a machine boots with is logged",
    file: "durable-objects/deployment/hands.ts",
    find: "const outcome = await fly.setSecrets(app, values.value);",
    replace:
      'globalThis.planted = values.value; console.log(JSON.stringify({ event: "planted", values: JSON.stringify(values.value) })); const outcome = await fly.setSecrets(app, values.value);',
    place: "log lines",
    form: "plain",
  },
  {
    name: "a machine's config file holds the values",
    file: "worker/domain/deployment/machine-config.ts",
    find: "const config = mergeJson(wished, runtime.config({ origin }));",
    replace:
      "const config = mergeJson(wished, { ...runtime.config({ origin }), planted: globalThis.planted ?? null });",
    place: "Fly's answers",
    form: "base64",
  },
  {
    name: "a machine's log isn't cleaned",
    file: "durable-objects/deployment/machine-log.ts",
    find: "message: await secrets.redact(line.message)",
    replace: "message: line.message",
    place: "API answers",
    form: "plain",
  },
  {
    name: "a header tells the value in base64",
    file: "worker/http/routes/secrets.set.ts",
    find: "const { secret, check } = result.value;",
    replace:
      'const { secret, check } = result.value; c.header("x-planted", btoa(`${name}:${c.req.valid("json").value}`));',
    place: "API answers",
    form: "base64",
  },
  {
    name: "a key is tried by its address",
    file: "worker/clients/key-checks.ts",
    find: "url: `${bases.anthropic}/v1/models?limit=1`",
    replace: "url: `${bases.anthropic}/v1/models?limit=1&key=${encodeURIComponent(value)}`",
    place: "addresses",
    form: "plain",
  },
];
