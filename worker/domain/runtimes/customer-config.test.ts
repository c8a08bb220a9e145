import { describe, expect, it } from "vitest";
import { checkCustomerConfig } from "./customer-config.ts";

const pointers = (config: Parameters<typeof checkCustomerConfig>[0]) =>
  checkCustomerConfig(config).map(({ pointer }) => pointer);

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

  it("may not read the machine's environment", () => {
    expect(pointers({ agents: { greeting: "${OPENCLAW_GATEWAY_PASSWORD}" } })).toEqual([
      "/config/agents/greeting",
    ]);
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
    expect(pointers(deep as Parameters<typeof checkCustomerConfig>[0])).toHaveLength(1);
    expect(pointers({ text: "x".repeat(70_000) })).toEqual(["/config"]);
  });
});
