/** Takes secrets out of text that came from outside before anybody can read it. */
export const redact = (text: string, secrets: readonly string[]): string =>
  secrets.reduce((clean, secret) => (secret === "" ? clean : clean.replaceAll(secret, "[redacted]")), text);
