import { parse } from "bowser";

/** What people call a browser, from what it says of itself; a program that is none by the name it gives first. */
export function browserName(userAgent: string | null): string {
  if (userAgent === null || userAgent.trim() === "") return "Unknown browser";
  const { browser, os, platform } = parse(userAgent);
  const name = (browser.name ?? "").replace(/^Microsoft /, "") || firstWord(userAgent);
  const device = platform.vendor === "Apple" && platform.model !== undefined ? platform.model : os.name;
  return device === undefined ? name : `${name} on ${device}`;
}

/** Programs name themselves first: `curl/8.5.0`. */
const firstWord = (userAgent: string): string => userAgent.split(/[\s/]/, 1)[0]?.slice(0, 40) ?? userAgent;
