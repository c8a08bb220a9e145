import { cn } from "@cloudflare/kumo";
import { CheckIcon } from "@phosphor-icons/react";
import type { Plan } from "./standing.ts";
import { quotaWords } from "./words.ts";

type Props = {
  quotas: Plan["quotas"];
  /** What one has now: what differs from it stands out. */
  present?: Plan["quotas"];
  isWide?: boolean;
};

/** What a plan allows. */
export function QuotaList({ quotas, present = quotas, isWide = false }: Props) {
  return (
    <ul className={cn("grid gap-x-8 gap-y-1 text-sm leading-5", isWide && "sm:grid-cols-2")}>
      {quotaWords(quotas, present).map(({ key, text, now }) => (
        <li key={key} className="flex items-start gap-2">
          <CheckIcon size={14} aria-hidden="true" className="mt-0.75 shrink-0 text-kumo-subtle" />
          <span className="text-kumo-subtle">
            {now === null ? text : <span className="font-medium text-kumo-default">{text}</span>}
            {now === null ? null : `, now ${now}`}
          </span>
        </li>
      ))}
    </ul>
  );
}
