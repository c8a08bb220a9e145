import { Button } from "@cloudflare/kumo";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { Invitation } from "../../../worker/contract/members.ts";
import { invite, withdrawInvitation } from "../../../worker/contract/members.ts";
import { invitationsQuery } from "../api/account-queries.ts";
import { api } from "../api/client.ts";
import { Panel } from "../components/panel.tsx";
import { Problem } from "../components/problem.tsx";
import { Row, Rows } from "../components/rows.tsx";
import { useMay } from "../session/use-may.ts";
import { RelativeTime } from "../time/relative-time.tsx";
import { AddressLine } from "./address-line.tsx";
import { ROLE_WORDS } from "./roles.ts";

type Wish = { kind: "again" | "withdraw"; invitation: Invitation };

/** Who is asked and hasn't come yet. Without anybody, nothing. */
export function InvitationsPanel() {
  const client = useQueryClient();
  const list = useQuery(invitationsQuery);
  const may = useMay();
  const change = useMutation({
    mutationFn: async ({ kind, invitation: { id, email, role } }: Wish) => {
      if (kind === "withdraw") await api.call(withdrawInvitation, { params: { id } });
      // A second invitation takes the first one's place: its link is worth nothing any more.
      else await api.call(invite, { json: { email, role } });
    },
    onSettled: () => client.invalidateQueries({ queryKey: invitationsQuery.queryKey }),
  });
  const isUnderWay = (kind: Wish["kind"], { id }: Invitation): boolean =>
    change.isPending && change.variables.kind === kind && change.variables.invitation.id === id;

  if (list.error !== null) return <Problem error={list.error} onRetry={() => void list.refetch()} />;
  if (list.data === undefined || list.data.items.length === 0) return null;
  return (
    <Panel title="Invited">
      {change.error === null ? null : (
        <Problem error={change.error} onDismiss={() => change.reset()} className="p-5" />
      )}
      <Rows label="Invited">
        {list.data.items.map((invitation) => (
          <Row
            key={invitation.id}
            title={<AddressLine email={invitation.email} />}
            text={
              <span className="block pl-9">
                {ROLE_WORDS[invitation.role].title} · invited <RelativeTime at={invitation.createdAt} /> ·
                ends <RelativeTime at={invitation.expiresAt} />
              </span>
            }
            aside={
              <>
                {may(invite) ? (
                  <Button
                    variant="ghost"
                    size="sm"
                    loading={isUnderWay("again", invitation)}
                    aria-label={`Send the invitation to ${invitation.email} again`}
                    onClick={() => change.mutate({ kind: "again", invitation })}
                  >
                    Send again
                  </Button>
                ) : null}
                {may(withdrawInvitation) ? (
                  <Button
                    variant="ghost"
                    size="sm"
                    loading={isUnderWay("withdraw", invitation)}
                    aria-label={`Withdraw the invitation to ${invitation.email}`}
                    onClick={() => change.mutate({ kind: "withdraw", invitation })}
                  >
                    Withdraw
                  </Button>
                ) : null}
              </>
            }
          />
        ))}
      </Rows>
    </Panel>
  );
}
