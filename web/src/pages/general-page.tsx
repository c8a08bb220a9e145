import type { Me } from "../../../worker/contract/auth.ts";
import { closeAccount, reopenAccount } from "../../../worker/contract/account.ts";
import { exportAccount } from "../../../worker/contract/export.ts";
import { AccountFacts } from "../account/account-facts.tsx";
import { ClosePanel } from "../account/close-panel.tsx";
import { ExportPanel } from "../account/export-panel.tsx";
import { ReopenPanel } from "../account/reopen-panel.tsx";
import { SectionTitle } from "../components/section-title.tsx";
import { useMay } from "../session/use-may.ts";

/** The account as a whole: what it is, its data as a file, its end. */
export function GeneralPage({ me }: { me: Me }) {
  const may = useMay();
  const isClosing = me.account.status === "closing";
  return (
    <>
      <SectionTitle title="General" lead="The account as a whole." />
      <AccountFacts me={me} />
      {isClosing && may(reopenAccount) ? <ReopenPanel closesAt={me.account.closesAt} /> : null}
      {may(exportAccount) ? <ExportPanel /> : null}
      {may(closeAccount) ? <ClosePanel email={me.user.email} /> : null}
    </>
  );
}
