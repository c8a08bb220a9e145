/** Shorter ones stand in too many innocent words to be taken out. */
const LENGTH_MIN = 6;

/**
 * Takes secrets out of text that came from outside before anybody can read it: as they are, and in the forms they are
 * most often written in (JSON, URLs, base64).
 */
export function redact(text: string, secrets: readonly string[]): string {
  const forms = secrets.filter((secret) => secret.length >= LENGTH_MIN).flatMap(formsOf);
  // Longer ones first: a form may contain another.
  return [...new Set(forms)]
    .sort((a, b) => b.length - a.length)
    .reduce((clean, form) => clean.replaceAll(form, "[redacted]"), text);
}

function formsOf(secret: string): readonly string[] {
  const base64 = btoa(String.fromCharCode(...new TextEncoder().encode(secret)));
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    base64,
    base64.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, ""),
  ];
}
