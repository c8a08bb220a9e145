import type { Policy } from "../../../../images/agent/confine/policy.ts";

/** What a machine may reach whose config doesn't say: the model providers and chat networks that runtimes know. */
export const DEFAULT_EGRESS: Policy = {
  allow: [
    "api.anthropic.com",
    "api.openai.com",
    "generativelanguage.googleapis.com",
    "openrouter.ai",
    "api.x.ai",
    "api.mistral.ai",
    "api.groq.com",
    "api.telegram.org",
    "discord.com",
    "gateway.discord.gg",
    "*.discord.gg",
    "cdn.discordapp.com",
    "slack.com",
    "*.slack.com",
    "*.whatsapp.net",
    "web.whatsapp.com",
  ].map((name) => ({ name })),
};
