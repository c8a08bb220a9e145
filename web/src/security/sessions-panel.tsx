import { Badge, Button } from "@cloudflare/kumo";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { ListedSession } from "../../../worker/contract/security.ts";
import { endSession } from "../../../worker/contract/security.ts";
import { sessionsQuery } from "../api/account-queries.ts";
import { api } from "../api/client.ts";
import { ConfirmDialog } from "../components/confirm-dialog.tsx";
import { Loading } from "../components/loading.tsx";
import { Panel } from "../components/panel.tsx";
import { Problem } from "../components/problem.tsx";
import { Row, Rows } from "../components/rows.tsx";
import { useSignOut } from "../session/use-sign-out.ts";
import { RelativeTime } from "../time/relative-time.tsx";
import { browserName } from "./user-agent.ts";

/** Where one is logged in, and the end of it. */
export function SessionsPanel() {
  const client = useQueryClient();
  const list = useQuery(sessionsQuery);
  const signOut = useSignOut();
  const [isAsking, setAsking] = useState(false);
  const end = useMutation({
    mutationFn: (id: string) => api.call(endSession, { params: { id } }),
    onSettled: () => client.invalidateQueries({ queryKey: sessionsQuery.queryKey }),
  });
  const error = end.error ?? signOut.error;
  return (
    <Panel
      title="Sessions"
      aside={
        <Button size="sm" loading={signOut.isPending} onClick={() => setAsking(true)}>
          Log out everywhere
        </Button>
      }
    >
      {list.error === null ? null : (
        <Problem error={list.error} onRetry={() => void list.refetch()} className="p-5" />
      )}
      {error === null ? null : (
        <Problem
          error={error}
          onDismiss={() => {
            end.reset();
            signOut.reset();
          }}
          className="p-5"
        />
      )}
      {list.data === undefined ? (
        list.error === null ? (
          <Loading what="sessions" lines={2} className="flex flex-col gap-3 p-5" />
        ) : null
      ) : (
        <Rows label="Sessions">
          {list.data.items.map((session) => (
            <SessionRow
              key={session.id}
              session={session}
              isEnding={end.isPending && end.variables === session.id}
              onEnd={() => end.mutate(session.id)}
            />
          ))}
        </Rows>
      )}
      <ConfirmDialog
        question={
          isAsking
            ? {
                title: "Log out everywhere?",
                text: "Every session of yours ends at once, this one included, and whatever it holds open. API tokens go on working.",
                button: "Log out everywhere",
              }
            : null
        }
        onConfirm={() => {
          setAsking(false);
          signOut.mutate({ isEverywhere: true });
        }}
        onClose={() => setAsking(false)}
      />
    </Panel>
  );
}

type RowProps = { session: ListedSession; isEnding: boolean; onEnd: () => void };

function SessionRow({ session, isEnding, onEnd }: RowProps) {
  const { current, createdAt, seenAt, userAgent, address } = session;
  const name = browserName(userAgent);
  return (
    <Row
      title={
        <>
          <span title={userAgent ?? undefined}>{name}</span>
          {current ? <Badge variant="secondary">This session</Badge> : null}
        </>
      }
      text={
        <>
          {address === null ? null : `${address} · `}
          {current ? (
            "active now"
          ) : (
            <>
              active <RelativeTime at={seenAt} />
            </>
          )}
          {" · logged in "}
          <RelativeTime at={createdAt} />
        </>
      }
      aside={
        current ? null : (
          <Button
            variant="ghost"
            size="sm"
            loading={isEnding}
            onClick={onEnd}
            aria-label={`End the session of ${name}`}
          >
            End
          </Button>
        )
      }
    />
  );
}
