import { useEffect, useState } from "react";

/** Where somebody comes from who is back from a page of Stripe's; taken off the address, so that a reload asks nobody. */
export function useReturn(): "checkout" | "portal" | null {
  const [from] = useState((): "checkout" | "portal" | null => {
    const search = new URLSearchParams(location.search);
    return search.has("checkout") ? "checkout" : search.has("portal") ? "portal" : null;
  });
  useEffect(() => {
    if (from !== null) history.replaceState(history.state, "", location.pathname);
  }, [from]);
  return from;
}
