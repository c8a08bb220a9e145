import { Badge } from "@cloudflare/kumo";
import type { Me } from "../../../worker/contract/auth.ts";
import { countOf, MINUTE_MS } from "../time/duration.ts";
import { daysLeft, formatExact } from "../time/relative.ts";
import { useNow } from "../time/use-now.ts";
import { WarningBadge } from "./warning-badge.tsx";

/** Fewer days than this deserve a warning. */
const FEW_DAYS = 2;

/** What the account may use, and for how long. */
export function TrialBadge({ subscription }: Pick<Me, "subscription">) {
  const now = useNow(MINUTE_MS);
  if (subscription === null) return <Badge variant="secondary">No plan</Badge>;
  const { status } = subscription;
  const plan = subscription.plan.charAt(0).toUpperCase() + subscription.plan.slice(1);
  if (status === "active") return <Badge variant="secondary">{plan}</Badge>;
  if (status === "grace") return <WarningBadge>{plan} · payment failed</WarningBadge>;
  if (status !== "trial")
    return <Badge variant="error">{status === "suspended" ? "Stopped: not paid" : "Plan ended"}</Badge>;
  const endsAt = subscription.endsAt === null ? null : Date.parse(subscription.endsAt);
  if (endsAt === null) return <Badge variant="secondary">{plan}</Badge>;
  const left = daysLeft(endsAt, now);
  const words = left === 0 ? `${plan} ended` : `${plan} · ${countOf(left, "day")} left`;
  return (
    <span title={`${left === 0 ? "Ended" : "Ends"} ${formatExact(endsAt)}`} className="inline-flex">
      {left > 0 && left <= FEW_DAYS ? (
        <WarningBadge>{words}</WarningBadge>
      ) : (
        <Badge variant={left === 0 ? "error" : "secondary"}>{words}</Badge>
      )}
    </span>
  );
}
