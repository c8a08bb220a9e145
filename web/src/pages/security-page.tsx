import { useState } from "react";
import type { Me } from "../../../worker/contract/auth.ts";
import { SectionTitle } from "../components/section-title.tsx";
import { FactorsPanel } from "../security/factors-panel.tsx";
import { PasskeysPanel } from "../security/passkeys-panel.tsx";
import { PasswordPanel } from "../security/password-panel.tsx";
import { RecoveryCodesDialog } from "../security/recovery-codes-dialog.tsx";
import { SessionsPanel } from "../security/sessions-panel.tsx";

/** How one proves who one is, and where one has. */
export function SecurityPage({ me: { user } }: { me: Me }) {
  // Of whatever brought them: they are shown this once.
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  return (
    <>
      <SectionTitle
        title="Security"
        lead="How you log in, and where you are logged in. It holds for every account you are a member of."
      />
      <PasswordPanel email={user.email} />
      <FactorsPanel factors={user.factors} onCodes={setCodes} />
      <PasskeysPanel onCodes={setCodes} />
      <SessionsPanel />
      <RecoveryCodesDialog codes={codes} email={user.email} onDone={() => setCodes(null)} />
    </>
  );
}
