/**
 * What an assistant may reach, by name: the model providers and chat networks that the runtimes come with, on port 443
 * unless said otherwise. Whatever else it asks for is refused inside its machine (`images/agent/confine`).
 */
export type EgressRule = { name: string; ports?: readonly number[] };

export const DEFAULT_EGRESS: readonly EgressRule[] = [
  { name: "api.anthropic.com" },
  { name: "api.openai.com" },
  { name: "generativelanguage.googleapis.com" },
  { name: "openrouter.ai" },
  { name: "api.x.ai" },
  { name: "api.mistral.ai" },
  { name: "api.groq.com" },
  { name: "api.telegram.org" },
  { name: "discord.com" },
  { name: "gateway.discord.gg" },
  { name: "*.discord.gg" },
  { name: "cdn.discordapp.com" },
  { name: "slack.com" },
  { name: "*.slack.com" },
  { name: "*.whatsapp.net" },
  { name: "web.whatsapp.com" },
];
