import { useSyncExternalStore } from "react";

export type Theme = "system" | "light" | "dark";

/** Read by `public/theme.js` too, which applies it before the first paint and on every `storage` event. */
const KEY = "launchpad-theme";

function readTheme(): Theme {
  try {
    const stored = localStorage.getItem(KEY);
    return stored === "light" || stored === "dark" ? stored : "system";
  } catch {
    return "system"; // The browser refuses storage.
  }
}

export function writeTheme(theme: Theme): void {
  try {
    if (theme === "system") localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, theme);
  } catch {
    return; // Nothing can be remembered, so the system goes on deciding.
  }
  dispatchEvent(new StorageEvent("storage", { key: KEY }));
}

function subscribe(onChange: () => void): () => void {
  addEventListener("storage", onChange);
  return () => removeEventListener("storage", onChange);
}

export const useTheme = (): Theme => useSyncExternalStore(subscribe, readTheme);
