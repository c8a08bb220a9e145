import type { Member } from "../../../worker/contract/members.ts";
import type { Question } from "../components/confirm-dialog.tsx";
import type { Role } from "./roles.ts";
import { ROLE_WORDS } from "./roles.ts";

export type MemberChange =
  | { kind: "role"; member: Member; role: Role }
  | { kind: "remove"; member: Member }
  | { kind: "leave"; member: Member };

/** What is asked before such a change. */
export function questionOf(change: MemberChange): Question {
  const { email } = change.member;
  switch (change.kind) {
    case "role": {
      const { title, text } = ROLE_WORDS[change.role];
      return {
        title: `Make ${email} ${article(title)}?`,
        text: `${text} Their sessions in this account end; they log in again and go on with the new role.`,
        button: "Change role",
      };
    }
    case "remove":
      return {
        title: `Remove ${email}?`,
        text: "Their sessions and API tokens in this account end at once. What they made stays.",
        button: "Remove member",
        isDestructive: true,
      };
    case "leave":
      return {
        title: "Leave this account?",
        text: "You are logged out, and your API tokens in it end. What you made stays. To come back you need another invitation.",
        button: "Leave account",
        isDestructive: true,
      };
  }
}

const article = (title: string): string => `${/^[AO]/.test(title) ? "an" : "a"} ${title.toLowerCase()}`;
