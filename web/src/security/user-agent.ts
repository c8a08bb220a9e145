/**
 * What people call a browser, from what it says of itself. Good enough to recognise one's own: browsers name each other
 * in this text, so the order decides.
 */
export function browserName(userAgent: string | null): string {
  if (userAgent === null || userAgent.trim() === "") return "Unknown browser";
  const browser = BROWSERS.find(([, pattern]) => pattern.test(userAgent))?.[0];
  const system = SYSTEMS.find(([, pattern]) => pattern.test(userAgent))?.[0];
  if (browser === undefined) return system === undefined ? firstWord(userAgent) : `A browser on ${system}`;
  return system === undefined ? browser : `${browser} on ${system}`;
}

const BROWSERS: readonly (readonly [string, RegExp])[] = [
  ["Edge", /Edg(e|A|iOS)?\//],
  ["Opera", /OPR\//],
  ["Samsung Internet", /SamsungBrowser\//],
  ["Firefox", /Firefox\/|FxiOS\//],
  ["Chrome", /(Headless)?Chrome\/|CriOS\//],
  ["Safari", /Version\/[\d.]+ .*Safari\//],
];

const SYSTEMS: readonly (readonly [string, RegExp])[] = [
  ["iPhone", /iPhone/],
  ["iPad", /iPad/],
  ["Android", /Android/],
  ["Windows", /Windows NT/],
  ["macOS", /Mac OS X/],
  ["ChromeOS", /CrOS/],
  ["Linux", /Linux/],
];

/** Programs name themselves first: `curl/8.5.0`. */
const firstWord = (userAgent: string): string => userAgent.split(/[\s/]/, 1)[0]?.slice(0, 40) ?? userAgent;
