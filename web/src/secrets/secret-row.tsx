import { Button } from "@cloudflare/kumo";
import type { Secret } from "../../../worker/contract/secrets.ts";
import { Row } from "../components/rows.tsx";
import { RelativeTime } from "../time/relative-time.tsx";

type Props = { secret: Secret; isDeleting: boolean; onReplace?: () => void; onDelete?: () => void };

export function SecretRow({ secret: { name, version, updatedAt }, isDeleting, onReplace, onDelete }: Props) {
  return (
    <Row
      title={<code className="min-w-0 font-mono text-sm font-medium break-all">{name}</code>}
      text={
        <>
          Changed <RelativeTime at={updatedAt} /> ·{" "}
          <span title="Counts every change to any secret of this deployment, ours included">
            version {version}
          </span>
        </>
      }
      aside={
        <>
          {onReplace === undefined ? null : (
            <Button variant="ghost" size="sm" onClick={onReplace} aria-label={`Replace ${name}`}>
              Replace
            </Button>
          )}
          {onDelete === undefined ? null : (
            <Button
              variant="ghost"
              size="sm"
              loading={isDeleting}
              onClick={onDelete}
              aria-label={`Delete ${name}`}
            >
              Delete
            </Button>
          )}
        </>
      }
    />
  );
}
