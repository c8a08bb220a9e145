/** Where to go after logging in. Only a path of this site is followed; anything else is the list. */
export function returnPath(search: string, origin: string): string {
  const next = new URLSearchParams(search).get("next");
  if (next === null || !next.startsWith("/")) return "/";
  const url = URL.canParse(next, origin) ? new URL(next, origin) : null;
  if (url === null || url.origin !== origin || isForStrangers(url.pathname)) return "/";
  return `${url.pathname}${url.search}`;
}

/** The login page, remembering where somebody was. */
export function loginPath(from: string): string {
  return from === "/" || isForStrangers(from) ? "/login" : `/login?next=${encodeURIComponent(from)}`;
}

/** Pages that make sense to somebody who is not signed in; being told so leads nowhere else from there. */
export const isForStrangers = (path: string): boolean =>
  /^\/(login|signup|verify|forgot|reset|invitation)(\?|$)/.test(path);
