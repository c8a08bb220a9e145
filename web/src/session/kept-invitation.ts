/**
 * The token of an invitation, kept while its guest logs in or signs up. In this tab alone and only until it is used or
 * declined: an invitation is good for one address only, but whoever reads it over a shoulder needn't have it either.
 */
const KEY = "launchpad-invitation";
const TOKEN = /^[A-Za-z0-9_-]{43}$/;

/** Where the browser refuses storage, the page's own memory has to do. */
let memory: string | null = null;

export function keepInvitation(token: string | null): void {
  memory = token;
  try {
    if (token === null) sessionStorage.removeItem(KEY);
    else sessionStorage.setItem(KEY, token);
  } catch {
    return; // Kept in memory; a reload means opening the link again.
  }
}

export function keptInvitation(): string | null {
  const kept = memory ?? stored();
  return kept !== null && TOKEN.test(kept) ? kept : null;
}

function stored(): string | null {
  try {
    return sessionStorage.getItem(KEY);
  } catch {
    return null; // The browser refuses storage.
  }
}
