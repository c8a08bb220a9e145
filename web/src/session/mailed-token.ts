import { useEffect, useState } from "react";

const mailedToken = (): string | null => new URLSearchParams(location.hash.slice(1)).get("token");

/**
 * The token behind `#token=` in the page's address, which it is taken out of at once: it must be neither in the history
 * nor in whatever is copied from the address bar. Null when there is none.
 */
export function takeMailedToken(): string | null {
  const token = mailedToken();
  history.replaceState(history.state, "", `${location.pathname}${location.search}`);
  return token;
}

/** The same for a page that stays: a second link that is opened in its tab changes nothing but what is behind `#`. */
export function useMailedToken(): string | null {
  const [token, setToken] = useState(mailedToken);
  useEffect(() => {
    const take = (): void => {
      const next = takeMailedToken();
      if (next !== null) setToken(next);
    };
    take();
    addEventListener("hashchange", take);
    return () => removeEventListener("hashchange", take);
  }, []);
  return token;
}
