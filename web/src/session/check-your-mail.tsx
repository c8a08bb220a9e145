import { Button, Link } from "@cloudflare/kumo";
import { EnvelopeSimpleIcon } from "@phosphor-icons/react";
import { AuthLayout } from "../components/auth-layout.tsx";

type Props = { email: string; advice: string; onAnother: () => void };

/** The same words for every address: whether it has an account is nobody's business but its owner's. */
export function CheckYourMail({ email, advice, onAnother }: Props) {
  return (
    <AuthLayout
      title="Check your mail"
      lead={
        <>
          We have sent a letter to{" "}
          <strong className="font-medium break-all text-kumo-default">{email}</strong>. Open its link to go
          on.
        </>
      }
      footer={
        <>
          Done already? <Link href="/login">Log in</Link>
        </>
      }
    >
      <div className="flex items-start gap-3 rounded-xl bg-kumo-base p-4 shadow-xs ring ring-kumo-hairline">
        <EnvelopeSimpleIcon size={20} className="mt-0.5 shrink-0 text-kumo-subtle" aria-hidden="true" />
        <div className="flex flex-col items-start gap-3 text-sm leading-5 text-kumo-subtle">
          <p>{advice}</p>
          <Button size="sm" onClick={onAnother}>
            Use another address
          </Button>
        </div>
      </div>
    </AuthLayout>
  );
}
