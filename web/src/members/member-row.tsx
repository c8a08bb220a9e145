import { Badge, Button } from "@cloudflare/kumo";
import type { Me } from "../../../worker/contract/auth.ts";
import type { Member } from "../../../worker/contract/members.ts";
import { leaveAccount, removeMember, setRole } from "../../../worker/contract/members.ts";
import { Row } from "../components/rows.tsx";
import { mayDo } from "../session/may.ts";
import { RelativeTime } from "../time/relative-time.tsx";
import { AddressLine } from "./address-line.tsx";
import type { MemberChange } from "./questions.ts";
import { RoleSelect } from "./role-select.tsx";
import { ROLE_WORDS, rolesToGive } from "./roles.ts";

type Props = {
  member: Member;
  me: Me;
  isLastOwner: boolean;
  isUnderWay: boolean;
  onAsk: (change: MemberChange) => void;
};

/** One member: their role, and what whoever looks may do about it. */
export function MemberRow({ member, me, isLastOwner, isUnderWay, onAsk }: Props) {
  const { userId, email, role, createdAt } = member;
  const isMe = userId === me.user.id;
  const choices = rolesToGive(me.account.role);
  // Nobody touches who has more than they do.
  const isBelow = choices.includes(role);
  return (
    <Row
      title={
        <>
          <AddressLine email={email} />
          {isMe ? <Badge variant="secondary">You</Badge> : null}
        </>
      }
      text={
        <span className="block pl-9">
          Joined <RelativeTime at={createdAt} />
          {isMe && isLastOwner ? ". The only owner: make somebody else one before you leave." : null}
        </span>
      }
      aside={
        <>
          {!isMe && isBelow && mayDo(me, setRole) ? (
            <div className="w-32">
              <RoleSelect
                label={`Role of ${email}`}
                isLabelHidden
                isDisabled={isUnderWay}
                value={role}
                choices={choices}
                onChange={(wanted) =>
                  wanted === role ? null : onAsk({ kind: "role", member, role: wanted })
                }
              />
            </div>
          ) : (
            <span className="px-2 text-kumo-subtle" title={ROLE_WORDS[role].text}>
              {ROLE_WORDS[role].title}
            </span>
          )}
          {isMe && !isLastOwner && mayDo(me, leaveAccount) ? (
            <Button
              variant="ghost"
              size="sm"
              loading={isUnderWay}
              onClick={() => onAsk({ kind: "leave", member })}
            >
              Leave
            </Button>
          ) : null}
          {!isMe && isBelow && mayDo(me, removeMember) ? (
            <Button
              variant="ghost"
              size="sm"
              loading={isUnderWay}
              aria-label={`Remove ${email}`}
              onClick={() => onAsk({ kind: "remove", member })}
            >
              Remove
            </Button>
          ) : null}
        </>
      }
    />
  );
}
