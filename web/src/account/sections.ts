import { readAudit } from "../../../worker/contract/account.ts";
import { readBilling } from "../../../worker/contract/billing.ts";
import type { Me } from "../../../worker/contract/auth.ts";
import { listMembers } from "../../../worker/contract/members.ts";
import { listTokens } from "../../../worker/contract/tokens.ts";
import type { Guarded } from "../session/may.ts";
import { mayDo } from "../session/may.ts";

type Section = {
  id: "security" | "general" | "members" | "billing" | "tokens" | "activity";
  title: string;
  /** What one must be allowed to do for it to say anything. */
  takes?: Guarded;
};

/** One's own, whichever account one acts for. */
export const OWN_SECTIONS: readonly Section[] = [{ id: "security", title: "Security" }];

export const ACCOUNT_SECTIONS: readonly Section[] = [
  { id: "general", title: "General" },
  { id: "members", title: "Members", takes: listMembers },
  { id: "billing", title: "Billing", takes: readBilling },
  { id: "tokens", title: "API tokens", takes: listTokens },
  { id: "activity", title: "Activity", takes: readAudit },
];

const ALL: readonly Section[] = [...OWN_SECTIONS, ...ACCOUNT_SECTIONS];

export const maySee = (me: Pick<Me, "account">, { takes }: Pick<Section, "takes">): boolean =>
  takes === undefined || mayDo(me, takes);

/** What stands at an address: the section, one that is not for this role, or nothing. */
export function sectionAt(id: string, me: Pick<Me, "account">): Section["id"] | "denied" | null {
  const section = ALL.find((each) => each.id === id);
  if (section === undefined) return null;
  return maySee(me, section) ? section.id : "denied";
}
