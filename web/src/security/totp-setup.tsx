import { Button, Input } from "@cloudflare/kumo";
import { useMutation } from "@tanstack/react-query";
import type { SyntheticEvent } from "react";
import { useEffect, useRef, useState } from "react";
import type { Output } from "../../../worker/contract/client.ts";
import { enableTotp, offerTotp } from "../../../worker/contract/security.ts";
import { api } from "../api/client.ts";
import { codeOf, isWaivedProof } from "../api/problem.ts";
import { CopyButton } from "../components/copy-button.tsx";
import { Loading } from "../components/loading.tsx";
import { Problem } from "../components/problem.tsx";
import { useFocusInvalid } from "../components/use-focus-invalid.ts";
import { bareCode, codeProblem } from "../session/factors.ts";
import { QrCode } from "./qr-code.tsx";
import { groupsOf } from "./groups-of.ts";

type Offer = Output<typeof offerTotp>;
type Props = { onDone: (recoveryCodes: readonly string[]) => void; onCancel: () => void };

/** Sets an app up: its QR code is scanned, then one code of it is shown. Nothing changes before that. */
export function TotpSetup({ onDone, onCancel }: Props) {
  const [wasSpent, setWasSpent] = useState(false);
  const begun = useRef(false);
  const begin = useMutation({
    mutationFn: () => api.call(offerTotp, {}),
    onError: (error) => {
      if (isWaivedProof(error)) onCancel();
    },
  });
  const { mutate: offer } = begin;
  useEffect(() => {
    if (begun.current) return;
    begun.current = true;
    offer();
  }, [offer]);

  if (begin.error !== null)
    return <Problem error={begin.error} onRetry={offer} onDismiss={onCancel} className="mt-4" />;
  if (begin.data === undefined || begin.isPending)
    return <Loading what="the QR code" lines={4} className="mt-4 flex flex-col gap-3" />;
  return (
    <CodeForm
      key={begin.data.enrolment}
      offer={begin.data}
      wasSpent={wasSpent}
      onDone={onDone}
      onCancel={onCancel}
      onSpent={() => {
        setWasSpent(true);
        offer();
      }}
    />
  );
}

type FormProps = Props & { offer: Offer; wasSpent: boolean; onSpent: () => void };

function CodeForm({ offer: { enrolment, secret, uri }, wasSpent, onDone, onCancel, onSpent }: FormProps) {
  const [code, setCode] = useState("");
  const [mistake, setMistake] = useState<string | null>(null);
  const enable = useMutation({
    mutationFn: () => api.call(enableTotp, { json: { enrolment, code: bareCode(code) } }),
    onSuccess: ({ recoveryCodes }) => onDone(recoveryCodes),
    onError: (error) => {
      if (codeOf(error) === SPENT) onSpent();
    },
  });
  const { error, isPending } = enable;
  const form = useFocusInvalid(mistake);

  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    const problem = codeProblem("totp", code);
    setMistake(problem);
    if (problem === null) enable.mutate();
  };
  return (
    <form ref={form} noValidate onSubmit={submit} className="mt-4 flex flex-col gap-5" aria-busy={isPending}>
      {error === null || codeOf(error) === SPENT ? null : <Problem error={error} />}
      {wasSpent ? (
        <p role="alert" className="rounded-lg bg-kumo-warning-tint px-3 py-2 text-sm text-kumo-default">
          That QR code can’t be used any more. Delete its entry in your app and scan this new one.
        </p>
      ) : null}
      <ol className="grid gap-x-8 gap-y-6 sm:grid-cols-[auto_minmax(0,1fr)]">
        <li className="flex flex-col gap-3">
          <Step number={1}>Scan it with your app</Step>
          <QrCode text={uri} label="QR code with the key for your authenticator app" />
        </li>
        <li className="flex min-w-0 flex-col gap-5">
          <div className="flex flex-col items-start gap-1.5 text-sm text-kumo-subtle">
            <p>Can’t scan it? Type this key into the app:</p>
            <div className="flex flex-wrap items-center gap-2">
              <code className="rounded-md bg-kumo-recessed px-2 py-1 font-mono text-xs leading-5 break-all text-kumo-default">
                {groupsOf(secret, 4)}
              </code>
              <CopyButton text={() => secret} label="Copy key" />
            </div>
            <p>
              On your phone already?{" "}
              <a
                href={uri}
                className="rounded-sm text-kumo-default underline underline-offset-2 outline-none focus-visible:ring-2 focus-visible:ring-kumo-brand"
              >
                Open it in the app
              </a>
            </p>
          </div>
          <div className="flex flex-col gap-3">
            <Step number={2}>Show that it works</Step>
            <div className="max-w-56">
              <Input
                label="Code of your app"
                placeholder="123456"
                required
                autoComplete="one-time-code"
                inputMode="numeric"
                value={code}
                onChange={({ target }) => {
                  setCode(target.value);
                  setMistake(null);
                }}
                {...(mistake === null ? {} : { error: mistake, "aria-invalid": true as const })}
              />
            </div>
          </div>
        </li>
      </ol>
      <div className="flex flex-wrap justify-end gap-2">
        <Button onClick={onCancel}>Cancel</Button>
        <Button type="submit" variant="primary" loading={isPending}>
          Turn on
        </Button>
      </div>
    </form>
  );
}

/** After too long, or too many wrong codes, another enrolment is begun. */
const SPENT = "auth.link_invalid";

function Step({ number, children }: { number: number; children: string }) {
  return (
    <p className="flex items-center gap-2 font-medium text-kumo-default">
      <span
        aria-hidden="true"
        className="grid size-5 place-items-center rounded-full bg-kumo-fill text-xs text-kumo-strong tabular-nums"
      >
        {number}
      </span>
      {children}
    </p>
  );
}
