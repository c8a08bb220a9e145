import { Badge } from "@cloudflare/kumo";
import { CaretRightIcon } from "@phosphor-icons/react";
import type { ReactNode } from "react";
import type { AuditEntry } from "../../../worker/contract/account.ts";
import { browserName } from "../security/user-agent.ts";
import { formatExact, formatTimeOfDay } from "../time/relative.ts";
import type { Names } from "./names.ts";
import { actorWords, deedWords, outcomeWords } from "./words.ts";

/** One entry as a sentence; all that is on record of it a click away. */
export function EntryRow({ entry, names }: { entry: AuditEntry; names: Names }) {
  const at = Date.parse(entry.at);
  const outcome = outcomeWords(entry);
  return (
    <li>
      <details className="group">
        <summary className="flex cursor-pointer list-none items-baseline gap-3 px-5 py-2.5 outline-none hover:bg-kumo-tint/60 focus-visible:ring-2 focus-visible:ring-kumo-brand focus-visible:ring-inset [&::-webkit-details-marker]:hidden">
          <CaretRightIcon
            size={12}
            aria-hidden="true"
            className="shrink-0 self-center text-kumo-inactive transition-transform group-open:rotate-90"
          />
          <span className="min-w-0 flex-1 break-words text-kumo-default">
            <span className="font-medium text-kumo-strong">{actorWords(entry, names)}</span>{" "}
            {deedWords(entry, names)}
            {outcome === null ? null : (
              <>
                {" "}
                <Badge variant={entry.outcome === "asked" ? "secondary" : "error"}>{outcome}</Badge>
              </>
            )}
          </span>
          <time
            dateTime={entry.at}
            title={formatExact(at)}
            className="shrink-0 text-sm text-kumo-subtle tabular-nums"
          >
            {formatTimeOfDay(at)}
          </time>
        </summary>
        <Details entry={entry} />
      </details>
    </li>
  );
}

function Details({ entry }: { entry: AuditEntry }) {
  const content = Object.entries(entry.content).map(([key, value]) => `${key}: ${plain(value)}`);
  return (
    <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-5 gap-y-1.5 px-5 pt-1 pb-4 pl-11 text-sm">
      <Detail term="When">{formatExact(Date.parse(entry.at))}</Detail>
      <Detail term="What">
        <code className="font-mono text-xs">{entry.action}</code>
      </Detail>
      {content.length === 0 ? null : (
        <Detail term="With">
          {content.map((line) => (
            <span key={line} className="block break-words">
              {line}
            </span>
          ))}
        </Detail>
      )}
      {entry.address === null && entry.userAgent === null ? null : (
        <Detail term="From">
          <span title={entry.userAgent ?? undefined}>
            {[entry.address, entry.userAgent === null ? null : browserName(entry.userAgent)]
              .filter((part) => part !== null)
              .join(", ")}
          </span>
        </Detail>
      )}
      <Detail term="Ids">
        <code className="font-mono text-xs break-all">
          {[entry.id, entry.actor.id, entry.target, entry.requestId].filter((id) => id !== null).join(" ")}
        </code>
      </Detail>
    </dl>
  );
}

const plain = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

function Detail({ term, children }: { term: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-kumo-subtle">{term}</dt>
      <dd className="min-w-0 text-kumo-default">{children}</dd>
    </>
  );
}
