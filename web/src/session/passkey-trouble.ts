import { BrowserTrouble } from "../api/problem.ts";

/**
 * Why a browser's passkey call came to nothing (WebAuthn level 3 names the errors). Browsers tell little on purpose: one
 * that was cancelled, took too long or isn't there are all `NotAllowedError`.
 */
export function passkeyTrouble(cause: unknown): BrowserTrouble {
  switch (cause instanceof Error ? cause.name : "") {
    case "NotAllowedError":
    case "AbortError":
      return new BrowserTrouble(
        "No passkey was used",
        "It was cancelled, took too long, or this device has none that fits. Try again or choose another way.",
        { cause },
      );
    case "InvalidStateError":
      return new BrowserTrouble(
        "This device has a passkey already",
        "It is in the list. Add another one on another device or security key.",
        { cause },
      );
    case "ConstraintError":
    case "NotSupportedError":
      return new BrowserTrouble(
        "This device can't do it",
        "A passkey needs a screen lock, or a security key with a PIN. Set one up or use another device.",
        { cause },
      );
    default:
      return new BrowserTrouble(
        "The browser can't use passkeys here",
        "Use another browser, or choose another way.",
        { cause },
      );
  }
}

/** A passkey that its device still has and its account hasn't. */
export const unknownPasskey = (cause: unknown): BrowserTrouble =>
  new BrowserTrouble(
    "This passkey doesn’t log in here",
    "It was removed from its account, or belongs to none. Log in with your password.",
    { cause },
  );
