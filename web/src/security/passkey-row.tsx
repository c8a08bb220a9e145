import { Button } from "@cloudflare/kumo";
import { FingerprintIcon } from "@phosphor-icons/react";
import { Row } from "../components/rows.tsx";
import { RelativeTime } from "../time/relative-time.tsx";

export type Passkey = { id: string; name: string; createdAt: string; usedAt: string | null };

type Props = { passkey: Passkey; isRemoving: boolean; onRemove: () => void };

export function PasskeyRow({ passkey: { name, createdAt, usedAt }, isRemoving, onRemove }: Props) {
  return (
    <Row
      title={
        <>
          <FingerprintIcon size={16} aria-hidden="true" className="shrink-0 text-kumo-subtle" />
          {name}
        </>
      }
      text={
        <>
          Added <RelativeTime at={createdAt} />,{" "}
          {usedAt === null ? (
            "never used"
          ) : (
            <>
              last used <RelativeTime at={usedAt} />
            </>
          )}
        </>
      }
      aside={
        <Button
          variant="ghost"
          size="sm"
          loading={isRemoving}
          onClick={onRemove}
          aria-label={`Remove ${name}`}
        >
          Remove
        </Button>
      }
    />
  );
}
