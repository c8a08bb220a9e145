import { Button } from "@cloudflare/kumo";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { ApiToken } from "../../../worker/contract/tokens.ts";
import { revokeToken } from "../../../worker/contract/tokens.ts";
import { membersQuery, tokensQuery } from "../api/account-queries.ts";
import { api } from "../api/client.ts";
import { ConfirmDialog } from "../components/confirm-dialog.tsx";
import { Loading } from "../components/loading.tsx";
import { Panel } from "../components/panel.tsx";
import { Problem } from "../components/problem.tsx";
import { Row, Rows } from "../components/rows.tsx";
import { WarningBadge } from "../components/warning-badge.tsx";
import { useMay } from "../session/use-may.ts";
import { DAY_MS, MINUTE_MS } from "../time/duration.ts";
import { RelativeTime } from "../time/relative-time.tsx";
import { useNow } from "../time/use-now.ts";
import { scopeSummary } from "./scopes.ts";

export function TokensPanel() {
  const client = useQueryClient();
  const list = useQuery(tokensQuery);
  const members = useQuery(membersQuery);
  const may = useMay();
  const [asked, setAsked] = useState<ApiToken | null>(null);
  const revoke = useMutation({
    mutationFn: ({ id }: ApiToken) => api.call(revokeToken, { params: { id } }),
    onSettled: () => client.invalidateQueries({ queryKey: tokensQuery.queryKey }),
  });
  const makerOf = (token: ApiToken): string | null =>
    members.data?.items.find(({ userId }) => userId === token.createdBy)?.email ?? null;
  return (
    <Panel title="Tokens">
      {list.error === null ? null : (
        <Problem error={list.error} onRetry={() => void list.refetch()} className="p-5" />
      )}
      {revoke.error === null ? null : (
        <Problem error={revoke.error} onDismiss={() => revoke.reset()} className="p-5" />
      )}
      {list.data === undefined ? (
        list.error === null ? (
          <Loading what="tokens" lines={2} className="flex flex-col gap-3 p-5" />
        ) : null
      ) : list.data.items.length === 0 ? (
        <p className="px-5 py-4 text-sm leading-5 text-kumo-subtle">
          None. A program that makes deployments or reads their logs needs one; people don’t.
        </p>
      ) : (
        <Rows label="Tokens">
          {list.data.items.map((token) => (
            <TokenRow
              key={token.id}
              token={token}
              maker={makerOf(token)}
              isRevoking={revoke.isPending && revoke.variables.id === token.id}
              {...(may(revokeToken) ? { onRevoke: () => setAsked(token) } : {})}
            />
          ))}
        </Rows>
      )}
      <ConfirmDialog
        question={
          asked === null
            ? null
            : {
                title: `Revoke “${asked.name}”?`,
                text: "Programs that use it are refused from now on. It can't be taken back; a new token is another one.",
                button: "Revoke token",
                isDestructive: true,
              }
        }
        onConfirm={() => {
          if (asked !== null) revoke.mutate(asked);
          setAsked(null);
        }}
        onClose={() => setAsked(null)}
      />
    </Panel>
  );
}

/** What ends so soon deserves a word. */
const SOON_MS = 7 * DAY_MS;

type RowProps = { token: ApiToken; maker: string | null; isRevoking: boolean; onRevoke?: () => void };

function TokenRow({ token, maker, isRevoking, onRevoke }: RowProps) {
  const { name, scopes, createdAt, expiresAt, usedAt } = token;
  const endsSoon = Date.parse(expiresAt) - useNow(MINUTE_MS) < SOON_MS;
  return (
    <Row
      title={
        <>
          {name}
          {endsSoon ? <WarningBadge>Ends soon</WarningBadge> : null}
        </>
      }
      text={
        <>
          <span className="block break-words" title={scopes.join("\n")}>
            {scopeSummary(scopes)}
          </span>
          <span className="block">
            {usedAt === null ? (
              "Never used"
            ) : (
              <>
                Used <RelativeTime at={usedAt} />
              </>
            )}
            {" · ends "}
            <RelativeTime at={expiresAt} />
            {" · made "}
            <RelativeTime at={createdAt} />
            {maker === null ? null : ` by ${maker}`}
          </span>
        </>
      }
      aside={
        onRevoke === undefined ? undefined : (
          <Button
            variant="ghost"
            size="sm"
            loading={isRevoking}
            onClick={onRevoke}
            aria-label={`Revoke ${name}`}
          >
            Revoke
          </Button>
        )
      }
    />
  );
}
