import { describe, expect, it } from "vitest";
import { RUNTIME_IDS } from "./runtimes/descriptor.ts";
import { RUNTIMES } from "./runtimes/index.ts";
import { secretNameProblem } from "./secret-name.ts";

describe("the name of a secret", () => {
  it.each(["ANTHROPIC_API_KEY", "OPENAI_API_KEY", "TELEGRAM_BOT_TOKEN", "A", "MY_KEY_2"])(
    "may be %s, on every runtime",
    (name) => {
      for (const runtime of RUNTIME_IDS) expect(secretNameProblem(name, runtime)).toBeNull();
    },
  );

  it("is never a variable that the house or the runtime itself goes by", () => {
    for (const runtime of RUNTIME_IDS) {
      const { env, secrets } = RUNTIMES[runtime];
      for (const name of [...Object.keys(env), ...secrets.map((secret) => secret.name)])
        expect([runtime, name, secretNameProblem(name, runtime)]).not.toEqual([runtime, name, null]);
    }
  });

  it.each([
    "",
    "lower",
    "1A",
    "A-B",
    "A B",
    "A=B",
    "PATH",
    "LD_PRELOAD",
    "NODE_OPTIONS",
    "FLY_APP_NAME",
    "A\n",
  ])("is never %j", (name) => expect(secretNameProblem(name, "openclaw")).not.toBeNull());
});
