import { Banner, Button, LinkButton } from "@cloudflare/kumo";
import { WarningCircleIcon } from "@phosphor-icons/react";
import { readBilling } from "../../../worker/contract/billing.ts";
import { asksForPlan, isWaivedProof, troubleOf } from "../api/problem.ts";
import { useMay } from "../session/use-may.ts";

type Props = {
  error: unknown;
  /** Shows a button for another try. */
  onRetry?: () => void;
  /** Shows a button that takes it away. */
  onDismiss?: () => void;
  className?: string;
};

/** What went wrong, and the id to quote when asking for help. */
export function Problem({ error, onRetry, onDismiss, className }: Props) {
  if (isWaivedProof(error)) return null;
  const { title, detail, requestId } = troubleOf(error);
  return (
    <div role="alert" className={className}>
      <Banner
        variant="error"
        icon={<WarningCircleIcon weight="fill" />}
        title={title}
        description={
          <>
            <span className="block">{detail}</span>
            {requestId === null ? null : (
              <span className="mt-1 block text-xs">
                Request <code className="font-mono break-all select-all">{requestId}</code>
              </span>
            )}
          </>
        }
        action={
          <>
            {asksForPlan(error) ? <BillingLink /> : null}
            {onRetry === undefined ? null : (
              <Button size="sm" onClick={onRetry}>
                Try again
              </Button>
            )}
            {onDismiss === undefined ? null : (
              <Button size="sm" variant="ghost" onClick={onDismiss}>
                Dismiss
              </Button>
            )}
          </>
        }
      />
    </div>
  );
}

/** For whoever may see to it; asked only where somebody is signed in. */
function BillingLink() {
  const may = useMay();
  return may(readBilling) ? (
    <LinkButton href="/account/billing" size="sm">
      See plans
    </LinkButton>
  ) : null;
}
