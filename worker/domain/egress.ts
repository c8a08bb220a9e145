import { z } from "zod";
import type { AllowedName } from "../../images/agent/contract/policy.ts";
import { parsePolicy } from "../../images/agent/contract/policy.ts";

/** As it is stored. */
export const egressSchema = z
  .array(z.object({ name: z.string(), ports: z.array(z.number().int()).readonly().optional() }))
  .readonly();

/** Names of a customer's own, for each deployment. */
export const OWN_EGRESS_MAX = 50;
export const EGRESS_PORTS_MAX = 8;
/** Its letters; what they have to make is `egressFlaws`. */
export const EGRESS_NAME = /^(\*\.)?[A-Za-z0-9_.-]+$/;

/** Each rule's flaw in a sentence, by its place; empty: all can be allowed. */
export function egressFlaws(rules: readonly AllowedName[]): readonly { index: number; flaw: string }[] {
  return rules.flatMap((rule, index) => {
    try {
      parsePolicy({ allow: [rule] });
      return [];
    } catch (error) {
      return [{ index, flaw: error instanceof Error ? error.message : "It can't be allowed." }];
    }
  });
}

/** Everything a deployment may reach: each name once, its own ports added to those that everybody has. */
export function egressOf(own: readonly AllowedName[]): readonly AllowedName[] {
  const all = new Map<string, AllowedName>();
  for (const rule of [...DEFAULT_EGRESS, ...own]) {
    const name = rule.name.toLowerCase();
    const ports = new Set([
      ...(all.get(name)?.ports ?? (all.has(name) ? [443] : [])),
      ...(rule.ports ?? [443]),
    ]);
    const isUsual = ports.size === 1 && ports.has(443);
    all.set(name, isUsual ? { name } : { name, ports: [...ports].sort((a, b) => a - b) });
  }
  return [...all.values()];
}

/**
 * What every assistant may reach, by name: the model providers and chat networks that the runtimes come with. Whatever
 * else it asks for is refused inside its machine (`images/agent/confine`).
 */
export const DEFAULT_EGRESS: readonly AllowedName[] = [
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
