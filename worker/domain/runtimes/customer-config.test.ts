import { describe, expect, it } from "vitest";
import { checkCustomerConfig } from "./customer-config.ts";
import type { RuntimeId } from "./descriptor.ts";

type Config = Parameters<typeof checkCustomerConfig>[0];

const pointers = (config: Config, runtime: RuntimeId = "openclaw") =>
  checkCustomerConfig(config, runtime).map(({ pointer }) => pointer);

describe("a customer's configuration", () => {
  it.each(["gateway", "logging", "update", "env"])("has no place for %s", (key) => {
    expect(pointers({ [key]: {} })).toEqual([`/config/${key}`]);
  });

  it("has no place for credentials, however deep, and names each by its pointer", () => {
    const config = {
      models: { providers: { "a/b": { apiKey: "sk-live" } } },
      channels: [{ botToken: "123:abc" }],
    };
    expect(pointers(config)).toEqual(["/config/models/providers/a~1b/apiKey", "/config/channels/0/botToken"]);
  });

  it("refers to a secret by its name, also where a credential is expected and in the middle of a text", () => {
    const config = {
      models: { providers: { mine: { apiKey: "${OPENAI_API_KEY}", headers: { "x-key": "Key ${MY_KEY}" } } } },
      channels: { telegram: { botToken: "${TELEGRAM_BOT_TOKEN}" } },
    };
    expect(pointers(config)).toEqual([]);
  });

  it.each([
    "${OPENCLAW_GATEWAY_PASSWORD}",
    "${LAUNCHPAD_DOOR_KEYS}",
    "${LAUNCHPAD_LOG_FILE}",
    "${NODE_OPTIONS}",
    "${HOME}",
    "${FLY_MACHINE_ID}",
    "say ${GOOD} and then ${PATH}",
    "$${PATH}",
    "${lowercase}",
    "${_UNDERSCORE}",
    "${}",
    // Upstream finds the one inside.
    "${${HOME}}",
    "${GOOD ${HOME}",
  ])("may not refer to what isn't a secret of the customer's: %s", (text) => {
    expect(pointers({ agents: { greeting: text } })).toContain("/config/agents/greeting");
  });

  it("goes by the deployment's own runtime in what is reserved", () => {
    const config = { agents: { greeting: "${CLAWDBOT_GATEWAY_PASSWORD}" } };
    expect(pointers(config, "clawdbot")).toEqual(["/config/agents/greeting"]);
    expect(pointers(config, "moltbot")).toEqual(["/config/agents/greeting"]);
    expect(pointers(config, "openclaw")).toEqual([]);
  });

  it("holds no part of a credential beside the reference", () => {
    for (const apiKey of ["sk-${REST}", "${ONE}${TWO}", " ${ONE}"])
      expect(pointers({ models: { apiKey } })).toEqual(["/config/models/apiKey"]);
  });

  it("is never quoted in what is said about it", () => {
    const value = "sk-live-0123456789";
    const config = { apiKey: value, text: `\${${value}}`, gateway: { password: value } };
    expect(JSON.stringify(checkCustomerConfig(config, "openclaw"))).not.toContain(value);
  });

  it("may say that a provider needs no key, count tokens and name models", () => {
    const config = {
      models: { providers: { mine: { baseUrl: "http://x.example/v1", apiKey: "${LAUNCHPAD_NO_KEY}" } } },
      agents: { defaults: { maxTokens: 4096, contextTokens: 8192 } },
    };
    expect(pointers(config)).toEqual([]);
  });

  it("has bounds in size and depth", () => {
    let deep: Record<string, object | string> = { end: "x" };
    for (let level = 0; level < 40; level += 1) deep = { deep };
    expect(pointers(deep as Config)).toHaveLength(1);
    expect(pointers({ text: "x".repeat(70_000) })).toEqual(["/config"]);
  });
});
