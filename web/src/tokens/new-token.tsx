import { Button } from "@cloudflare/kumo";
import { useEffect, useRef } from "react";
import type { ApiToken } from "../../../worker/contract/tokens.ts";
import { API_BASE } from "../api/client.ts";
import { CopyButton } from "../components/copy-button.tsx";
import { Panel } from "../components/panel.tsx";

export type MadeToken = ApiToken & { token: string };

type Props = { made: MadeToken; onDone: () => void };

/** A token in full, which nobody can show a second time. */
export function NewToken({ made, onDone }: Props) {
  const box = useRef<HTMLDivElement>(null);
  // Whoever made it goes on here; readers begin with what matters.
  useEffect(() => box.current?.focus(), []);
  const example = `curl -H "Authorization: Bearer $LAUNCHPAD_TOKEN" ${location.origin}${API_BASE}/deployments`;
  return (
    <Panel title={`“${made.name}” is made`} className="ring-kumo-success">
      <div ref={box} tabIndex={-1} className="flex flex-col gap-4 p-5 outline-none">
        <p className="text-kumo-default">
          Copy it now: it is shown this once. Whoever has it can do what it can do.
        </p>
        <div className="flex flex-wrap items-center gap-2">
          <code
            data-testid="new-token"
            className="min-w-0 flex-1 basis-72 rounded-lg bg-kumo-recessed px-3 py-2 font-mono text-sm break-all text-kumo-strong select-all"
          >
            {made.token}
          </code>
          <CopyButton text={() => made.token} label="Copy token" variant="primary" />
        </div>
        <div className="flex flex-col gap-1.5 text-sm text-kumo-subtle">
          <p>With it in LAUNCHPAD_TOKEN, a first request:</p>
          <code className="rounded-lg bg-kumo-recessed px-3 py-2 font-mono text-xs leading-5 break-all text-kumo-default">
            {example}
          </code>
          <p>
            The API describes itself at{" "}
            <a
              href={`${API_BASE}/docs`}
              target="_blank"
              rel="noreferrer"
              className="rounded-sm text-kumo-default underline underline-offset-2 outline-none focus-visible:ring-2 focus-visible:ring-kumo-brand"
            >
              {API_BASE}/docs
            </a>
            .
          </p>
        </div>
        <div className="flex justify-end">
          <Button onClick={onDone}>I have copied it</Button>
        </div>
      </div>
    </Panel>
  );
}
