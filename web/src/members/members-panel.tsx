import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Me } from "../../../worker/contract/auth.ts";
import type { Member } from "../../../worker/contract/members.ts";
import { leaveAccount, removeMember, setRole } from "../../../worker/contract/members.ts";
import { membersQuery } from "../api/account-queries.ts";
import { api } from "../api/client.ts";
import { ConfirmDialog } from "../components/confirm-dialog.tsx";
import { Loading } from "../components/loading.tsx";
import { Panel } from "../components/panel.tsx";
import { Problem } from "../components/problem.tsx";
import { Rows } from "../components/rows.tsx";
import { useForgetSession } from "../session/use-sign-out.ts";
import { countOf } from "../time/duration.ts";
import { MemberRow } from "./member-row.tsx";
import type { MemberChange } from "./questions.ts";
import { questionOf } from "./questions.ts";
import { isLastOwner } from "./roles.ts";

/** The members, and what may be changed about them. */
export function MembersPanel({ me }: { me: Me }) {
  const client = useQueryClient();
  const list = useQuery(membersQuery);
  const forget = useForgetSession();
  const [asked, setAsked] = useState<MemberChange | null>(null);
  const change = useMutation({
    mutationFn: (wish: MemberChange) => carryOut(wish),
    onSuccess: (_, { kind }) => {
      // The session ends with the membership.
      if (kind === "leave") forget();
    },
    onSettled: (_, __, { kind }) =>
      kind === "leave" ? undefined : client.invalidateQueries({ queryKey: membersQuery.queryKey }),
  });
  const members = list.data?.items;
  const isUnderWay = (member: Member): boolean =>
    change.isPending && change.variables.member.userId === member.userId;
  return (
    <Panel title={members === undefined ? "Members" : countOf(members.length, "member")}>
      {list.error === null ? null : (
        <Problem error={list.error} onRetry={() => void list.refetch()} className="p-5" />
      )}
      {change.error === null ? null : (
        <Problem error={change.error} onDismiss={() => change.reset()} className="p-5" />
      )}
      {members === undefined ? (
        list.error === null ? (
          <Loading what="members" lines={4} className="flex flex-col gap-3 p-5" />
        ) : null
      ) : (
        <Rows label="Members">
          {members.map((member) => (
            <MemberRow
              key={member.userId}
              member={member}
              me={me}
              isLastOwner={isLastOwner(members, member.userId)}
              isUnderWay={isUnderWay(member)}
              onAsk={setAsked}
            />
          ))}
        </Rows>
      )}
      <ConfirmDialog
        question={asked === null ? null : questionOf(asked)}
        onConfirm={() => {
          if (asked !== null) change.mutate(asked);
          setAsked(null);
        }}
        onClose={() => setAsked(null)}
      />
    </Panel>
  );
}

async function carryOut(wish: MemberChange): Promise<void> {
  const params = { userId: wish.member.userId };
  switch (wish.kind) {
    case "role":
      await api.call(setRole, { params, json: { role: wish.role } });
      return;
    case "remove":
      await api.call(removeMember, { params });
      return;
    case "leave":
      await api.call(leaveAccount, {});
  }
}
