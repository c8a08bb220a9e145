import { Button } from "@cloudflare/kumo";
import { PlusIcon } from "@phosphor-icons/react";
import { useState } from "react";
import type { Me } from "../../../worker/contract/auth.ts";
import { createToken } from "../../../worker/contract/tokens.ts";
import { SectionTitle } from "../components/section-title.tsx";
import { useMay } from "../session/use-may.ts";
import type { MadeToken } from "../tokens/new-token.tsx";
import { NewToken } from "../tokens/new-token.tsx";
import { TokenForm } from "../tokens/token-form.tsx";
import { TokensPanel } from "../tokens/tokens-panel.tsx";

/** What programs use in the place of a person. */
export function TokensPage({ me }: { me: Me }) {
  const may = useMay();
  const [isMaking, setMaking] = useState(false);
  const [made, setMade] = useState<MadeToken | null>(null);
  return (
    <>
      <SectionTitle
        title="API tokens"
        lead="For programs that use the API in this account. A token can do what its scopes say, until it ends."
        aside={
          may(createToken) && !isMaking ? (
            <Button
              variant="primary"
              icon={<PlusIcon weight="bold" />}
              onClick={() => {
                setMade(null);
                setMaking(true);
              }}
            >
              New token
            </Button>
          ) : null
        }
      />
      {isMaking ? (
        <TokenForm
          me={me}
          onCancel={() => setMaking(false)}
          onMade={(token) => {
            setMaking(false);
            setMade(token);
          }}
        />
      ) : null}
      {made === null ? null : <NewToken made={made} onDone={() => setMade(null)} />}
      <TokensPanel />
    </>
  );
}
