import { Badge, Button } from "@cloudflare/kumo";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import type { Me } from "../../../worker/contract/auth.ts";
import { disableTotp, remakeRecoveryCodes } from "../../../worker/contract/security.ts";
import { api } from "../api/client.ts";
import { meQuery } from "../api/queries.ts";
import type { Question } from "../components/confirm-dialog.tsx";
import { ConfirmDialog } from "../components/confirm-dialog.tsx";
import { DoneNote } from "../components/done-note.tsx";
import { Loading } from "../components/loading.tsx";
import { Panel } from "../components/panel.tsx";
import { Problem } from "../components/problem.tsx";
import { Row, Rows } from "../components/rows.tsx";
import { WarningBadge } from "../components/warning-badge.tsx";

// Brings the QR code's library along.
const TotpSetup = lazy(async () => ({ default: (await import("./totp-setup.tsx")).TotpSetup }));

type Props = { factors: Me["user"]["factors"]; onCodes: (codes: readonly string[]) => void };
type Asked = "turn off" | "make codes";

/** What is asked for beside the password. */
export function FactorsPanel({ factors, onCodes }: Props) {
  const client = useQueryClient();
  const [isSettingUp, setSettingUp] = useState(false);
  const [asked, setAsked] = useState<Asked | null>(null);
  const [said, setSaid] = useState<string | null>(null);
  const hasApp = factors.includes("totp");
  const hasCodes = factors.includes("recovery_code");
  const refresh = () => client.invalidateQueries({ queryKey: meQuery.queryKey });
  const turnOff = useMutation({
    mutationFn: () => api.call(disableTotp, {}),
    onSuccess: () => {
      setSaid("Codes are not asked for any more.");
      void refresh();
    },
  });
  const makeCodes = useMutation({
    mutationFn: () => api.call(remakeRecoveryCodes, {}),
    onSuccess: ({ recoveryCodes }) => {
      onCodes(recoveryCodes);
      void refresh();
    },
  });
  const error = turnOff.error ?? makeCodes.error;

  const confirm = (): void => {
    if (asked === "turn off") turnOff.mutate();
    else makeCodes.mutate();
    setAsked(null);
  };
  return (
    <Panel
      title="Second factor"
      aside={
        <Badge variant={factors.length === 0 ? "secondary" : "success"}>
          {factors.length === 0 ? "Off" : "On"}
        </Badge>
      }
    >
      {factors.length === 0 ? (
        <p className="border-b border-kumo-hairline px-5 py-3 text-sm leading-5 text-kumo-subtle">
          Your password is all that is asked for. With an app or a passkey, somebody who learns it still can’t
          get in.
        </p>
      ) : null}
      {error === null ? null : (
        <Problem
          error={error}
          onDismiss={() => {
            turnOff.reset();
            makeCodes.reset();
          }}
          className="px-5 pt-4"
        />
      )}
      <Rows>
        <Row
          title="Authenticator app"
          text={
            hasApp
              ? "A code of your app is asked for at every login."
              : "An app on your phone makes a code that is asked for beside your password."
          }
          aside={
            hasApp ? (
              <Button size="sm" loading={turnOff.isPending} onClick={() => setAsked("turn off")}>
                Turn off
              </Button>
            ) : isSettingUp ? null : (
              <Button
                size="sm"
                onClick={() => {
                  setSaid(null);
                  setSettingUp(true);
                }}
              >
                Set up
              </Button>
            )
          }
        >
          {isSettingUp && !hasApp ? (
            <Suspense
              fallback={<Loading what="the QR code" lines={4} className="mt-4 flex flex-col gap-3" />}
            >
              <TotpSetup
                onCancel={() => setSettingUp(false)}
                onDone={(codes) => {
                  setSettingUp(false);
                  setSaid("Codes of your app are asked for from now on.");
                  onCodes(codes);
                  void refresh();
                }}
              />
            </Suspense>
          ) : null}
          <DoneNote className={said === null ? "sr-only" : "mt-2 block"}>{said}</DoneNote>
        </Row>
        {factors.length === 0 ? null : (
          <Row
            title={
              <>
                Recovery codes
                {hasCodes ? null : <WarningBadge>None left</WarningBadge>}
              </>
            }
            text={
              hasCodes
                ? "Each stands in once for a lost app or passkey."
                : "Without them, a lost app or passkey locks you out. Make new ones."
            }
            aside={
              <Button size="sm" loading={makeCodes.isPending} onClick={() => setAsked("make codes")}>
                Make new codes
              </Button>
            }
          />
        )}
      </Rows>
      <ConfirmDialog
        question={asked === null ? null : QUESTIONS[asked]}
        onConfirm={confirm}
        onClose={() => setAsked(null)}
      />
    </Panel>
  );
}

const QUESTIONS: Record<Asked, Question> = {
  "turn off": {
    title: "Turn the app’s codes off?",
    text: "Logging in takes your password alone then, unless you have a passkey. Delete the entry in your app: it is worth nothing any more.",
    button: "Turn off",
    isDestructive: true,
  },
  "make codes": {
    title: "Make new recovery codes?",
    text: "The ones you have are worth nothing any more. The new ones are shown once.",
    button: "Make new codes",
  },
};
