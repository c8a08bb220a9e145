import { Badge } from "@cloudflare/kumo";
import { Link } from "wouter";
import type { Me } from "../../../worker/contract/auth.ts";
import { readBilling } from "../../../worker/contract/billing.ts";
import { badgeWords } from "../billing/words.ts";
import { useMay } from "../session/use-may.ts";
import { MINUTE_MS } from "../time/duration.ts";
import { formatExact } from "../time/relative.ts";
import { useNow } from "../time/use-now.ts";
import { WarningBadge } from "./warning-badge.tsx";

/** What the account may use, and for how long; leads to where that is changed. */
export function TrialBadge({ subscription }: Pick<Me, "subscription">) {
  const may = useMay();
  const badge = <PlanBadge subscription={subscription} />;
  return may(readBilling) ? (
    <Link
      href="/account/billing"
      className="inline-flex rounded-md outline-none focus-visible:ring-2 focus-visible:ring-kumo-brand focus-visible:ring-offset-2 focus-visible:ring-offset-kumo-canvas"
    >
      <span className="sr-only">Billing: </span>
      {badge}
    </Link>
  ) : (
    badge
  );
}

function PlanBadge({ subscription }: Pick<Me, "subscription">) {
  const now = useNow(MINUTE_MS);
  if (subscription === null) return <Badge variant="secondary">No plan</Badge>;
  const { text, kind } = badgeWords(subscription, now);
  const { endsAt } = subscription;
  return (
    <span
      {...(endsAt === null ? {} : { title: `Until ${formatExact(Date.parse(endsAt))}` })}
      className="inline-flex whitespace-nowrap"
    >
      {kind === "warning" ? (
        <WarningBadge>{text}</WarningBadge>
      ) : (
        <Badge variant={kind === "error" ? "error" : "secondary"}>{text}</Badge>
      )}
    </span>
  );
}
