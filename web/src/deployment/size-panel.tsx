import { Button } from "@cloudflare/kumo";
import { SlidersHorizontalIcon } from "@phosphor-icons/react";
import type { ReactNode } from "react";
import { useState } from "react";
import type { Deployment } from "../../../worker/contract/deployments.ts";
import { update } from "../../../worker/contract/deployments.ts";
import { CopyButton } from "../components/copy-button.tsx";
import { DoneNote } from "../components/done-note.tsx";
import { Panel } from "../components/panel.tsx";
import { useMay } from "../session/use-may.ts";
import { countOf } from "../time/duration.ts";
import { SizeForm } from "./size-form.tsx";
import { guestWords, TIER_TITLES } from "./size-words.ts";

/** How large its machine and its disk are, and what comes with them. */
export function SizePanel({ deployment }: { deployment: Deployment }) {
  const mayChange = useMay()(update) && deployment.actions.includes("update");
  const [isEditing, setEditing] = useState(false);
  const [said, setSaid] = useState<string | null>(null);
  const { tier, diskGb, ownIpv4, backupDays } = deployment;
  return (
    <Panel
      title="Machine"
      aside={
        mayChange && !isEditing ? (
          <Button
            size="sm"
            icon={<SlidersHorizontalIcon />}
            onClick={() => {
              setEditing(true);
              setSaid(null);
            }}
          >
            Change size
          </Button>
        ) : null
      }
    >
      {isEditing ? (
        <SizeForm
          deployment={deployment}
          onCancel={() => setEditing(false)}
          onAccepted={() => {
            setEditing(false);
            setSaid("The change is under way.");
          }}
        />
      ) : null}
      <DoneNote className={said === null ? "sr-only" : "block border-b border-kumo-hairline px-5 py-3"}>
        {said}
      </DoneNote>
      <dl className="grid gap-x-8 gap-y-4 px-5 py-4 sm:grid-cols-2">
        <Fact term="Size">
          {TIER_TITLES[tier]} <span className="text-kumo-subtle">{guestWords(deployment)}</span>
        </Fact>
        <Fact term="Disk">{diskGb} GB</Fact>
        <Fact term="Own IPv4 address">
          {ownIpv4 === null ? (
            <span className="text-kumo-subtle">
              {tier === "dedicated" ? "Not yet" : "Comes with a dedicated machine"}
            </span>
          ) : (
            <span className="flex items-center gap-1">
              <span className="font-mono text-sm">{ownIpv4}</span>
              <CopyButton text={() => ownIpv4} label="Copy" />
            </span>
          )}
        </Fact>
        <Fact term="Backups">Kept for {countOf(backupDays, "day")}</Fact>
      </dl>
    </Panel>
  );
}

function Fact({ term, children }: { term: string; children: ReactNode }) {
  return (
    <div className="flex min-w-0 flex-col gap-0.5">
      <dt className="text-sm text-kumo-subtle">{term}</dt>
      <dd className="min-w-0 break-words text-kumo-default">{children}</dd>
    </div>
  );
}
