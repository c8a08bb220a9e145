import { Banner, Button } from "@cloudflare/kumo";
import { WarningCircleIcon } from "@phosphor-icons/react";
import { isWaivedProof, troubleOf } from "../api/problem.ts";

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
