import { z } from "zod";
import { withDeadline } from "../platform/deadline.ts";

/**
 * Tries a customer's key before it is saved, with a call that reads and costs nothing. `unknown` doesn't stand in the
 * way: a provider that is down must not keep anybody from saving a key.
 */
export type KeyCheck =
  | { result: "works"; detail: string }
  | { result: "refused"; detail: string }
  | { result: "unknown"; detail: string }
  /** No way is known to try a secret of this name. */
  | { result: "not_checked" };

export type KeyChecks = { check(name: string, value: string): Promise<KeyCheck> };

export type KeyCheckBases = { anthropic: string; openai: string; openrouter: string; telegram: string };

type Probe = { provider: string; url: string; headers: Readonly<Record<string, string>> };

const TIMEOUT_MS = 5_000;
const BOT_TOKEN = /^\d{1,20}:[\w-]{10,100}$/;

export const keyChecks = (input: { fetch: typeof fetch; bases: KeyCheckBases }): KeyChecks => ({
  async check(name, value) {
    if (name === "TELEGRAM_BOT_TOKEN" && !BOT_TOKEN.test(value))
      return {
        result: "refused",
        detail: "A bot token looks like 123456789:AbCdEf…; @BotFather tells yours.",
      };
    const probe = probeOf(input.bases, name, value);
    if (probe === null) return { result: "not_checked" };
    try {
      return await withDeadline(TIMEOUT_MS, undefined, async (signal) => {
        const response = await input.fetch(probe.url, { headers: probe.headers, redirect: "manual", signal });
        const text = await response.text();
        return judge(probe.provider, response.status, text);
      });
    } catch {
      return { result: "unknown", detail: `${probe.provider} did not answer; the key is saved unchecked.` };
    }
  },
});

/** 401 and 403 are about the key (Telegram: 404 too, for a token of no bot); anything else is about the provider. */
function judge(provider: string, status: number, text: string): KeyCheck {
  if (status === 200) return { result: "works", detail: accountIn(provider, text) };
  if (status === 401 || status === 403 || (status === 404 && provider === "Telegram"))
    return { result: "refused", detail: `${provider} does not accept this key.` };
  return { result: "unknown", detail: `${provider} answered ${status}; the key is saved unchecked.` };
}

const telegramBot = z.looseObject({ result: z.looseObject({ username: z.string().max(64) }) });

function accountIn(provider: string, text: string): string {
  if (provider !== "Telegram") return `${provider} accepts this key.`;
  try {
    return `This is @${telegramBot.parse(JSON.parse(text)).result.username}.`;
  } catch {
    return "Telegram accepts this token.";
  }
}

/** Where each provider tells whether a key is good (their API references, November 2026). */
function probeOf(bases: KeyCheckBases, name: string, value: string): Probe | null {
  switch (name) {
    case "ANTHROPIC_API_KEY":
      return {
        provider: "Anthropic",
        url: `${bases.anthropic}/v1/models?limit=1`,
        headers: { "x-api-key": value, "anthropic-version": "2023-06-01" },
      };
    case "OPENAI_API_KEY":
      return { provider: "OpenAI", url: `${bases.openai}/v1/models`, headers: bearer(value) };
    case "OPENROUTER_API_KEY":
      return { provider: "OpenRouter", url: `${bases.openrouter}/api/v1/key`, headers: bearer(value) };
    case "TELEGRAM_BOT_TOKEN":
      // Telegram knows no other place for the token than the path (core.telegram.org/bots/api#making-requests).
      return {
        provider: "Telegram",
        url: `${bases.telegram}/bot${value}/getMe`,
        headers: {},
      };
    default:
      return null;
  }
}

const bearer = (value: string) => ({ authorization: `Bearer ${value}` });
