/** What most assistants are given first; their providers are asked whether the key works. */
export const COMMON_SECRETS: readonly { name: string; title: string }[] = [
  { name: "ANTHROPIC_API_KEY", title: "Anthropic" },
  { name: "OPENAI_API_KEY", title: "OpenAI" },
  { name: "OPENROUTER_API_KEY", title: "OpenRouter" },
  { name: "TELEGRAM_BOT_TOKEN", title: "Telegram" },
];

/** What isn't there yet. */
export const suggestedSecrets = (names: readonly string[]): typeof COMMON_SECRETS =>
  COMMON_SECRETS.filter(({ name }) => !names.includes(name));

/** As people type it: an environment variable is in capitals. */
export const secretName = (typed: string): string =>
  typed
    .trim()
    .toUpperCase()
    .replaceAll(/[\s-]+/g, "_");

/** The contract's own rule, said before it is broken. Reserved names are the API's to refuse. */
export const secretNameProblem = (name: string): string | null =>
  /^[A-Z][A-Z0-9_]{0,63}$/.test(name)
    ? null
    : "A name is an environment variable: A to Z first, then also 0 to 9 and _.";
