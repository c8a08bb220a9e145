import { WifiSlashIcon } from "@phosphor-icons/react";
import type { LiveState } from "../api/live-socket.ts";

/** Says quietly that the page is behind by some seconds; nothing while it isn't. */
export function LiveHint({ live }: { live: LiveState }) {
  return (
    <output className="ml-2 inline-flex items-center gap-1.5 text-sm text-kumo-subtle">
      {live === "reconnecting" ? (
        <>
          <WifiSlashIcon size={14} aria-hidden="true" /> Reconnecting…
        </>
      ) : null}
    </output>
  );
}
