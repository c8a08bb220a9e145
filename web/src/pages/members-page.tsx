import { Button } from "@cloudflare/kumo";
import { PlusIcon } from "@phosphor-icons/react";
import { useState } from "react";
import type { Me } from "../../../worker/contract/auth.ts";
import { invite } from "../../../worker/contract/members.ts";
import { DoneNote } from "../components/done-note.tsx";
import { SectionTitle } from "../components/section-title.tsx";
import { InvitationsPanel } from "../members/invitations-panel.tsx";
import { InviteForm } from "../members/invite-form.tsx";
import { MembersPanel } from "../members/members-panel.tsx";
import { useMay } from "../session/use-may.ts";

/** Who is in the account, and who is asked to be. */
export function MembersPage({ me }: { me: Me }) {
  const may = useMay();
  const [isInviting, setInviting] = useState(false);
  const [invited, setInvited] = useState<string | null>(null);
  return (
    <>
      <SectionTitle
        title="Members"
        lead="Who works in this account. A role says what somebody may do."
        aside={
          may(invite) && !isInviting ? (
            <Button
              variant="primary"
              icon={<PlusIcon weight="bold" />}
              onClick={() => {
                setInvited(null);
                setInviting(true);
              }}
            >
              Invite somebody
            </Button>
          ) : null
        }
      />
      {isInviting ? (
        <InviteForm
          own={me.account.role}
          onCancel={() => setInviting(false)}
          onInvited={(email) => {
            setInviting(false);
            setInvited(email);
          }}
        />
      ) : null}
      <DoneNote className={invited === null ? "sr-only" : "block"}>
        {invited === null ? null : `An invitation is on its way to ${invited}. It is good for a week.`}
      </DoneNote>
      <MembersPanel me={me} />
      <InvitationsPanel />
    </>
  );
}
