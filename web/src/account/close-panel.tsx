import { Button } from "@cloudflare/kumo";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { closeAccount } from "../../../worker/contract/account.ts";
import { api } from "../api/client.ts";
import { ConfirmDialog } from "../components/confirm-dialog.tsx";
import { Panel } from "../components/panel.tsx";
import { Problem } from "../components/problem.tsx";

/** The account's end, a week away and to be taken back until then. */
export function ClosePanel({ email }: { email: string }) {
  const client = useQueryClient();
  const [isAsking, setAsking] = useState(false);
  const close = useMutation({
    mutationFn: () => api.call(closeAccount, {}),
    // Nothing in it is as it was.
    onSettled: () => client.invalidateQueries(),
  });
  return (
    <Panel title="Close the account" className="ring-kumo-danger/40">
      <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3 px-5 py-4">
        <p className="min-w-0 flex-1 basis-72 text-sm leading-5 text-kumo-subtle">
          All its assistants stop at once. A week later everything is destroyed for good: assistants, their
          data, backups and secrets. Until then you can export everything or change your mind.
        </p>
        <Button variant="secondary-destructive" loading={close.isPending} onClick={() => setAsking(true)}>
          Close account
        </Button>
      </div>
      {close.error === null ? null : (
        <Problem error={close.error} onDismiss={() => close.reset()} className="px-5 pb-4" />
      )}
      <ConfirmDialog
        question={
          isAsking
            ? {
                title: "Close this account?",
                text: (
                  <>
                    All its assistants stop at once, for all its members. In a week everything is destroyed
                    for good: assistants, their data, backups, secrets, and every login that belongs to no
                    other account. Invoices are kept as long as the law asks. Until then its owners can reopen
                    it.
                  </>
                ),
                button: "Close account",
                isDestructive: true,
                typed: email,
              }
            : null
        }
        onConfirm={() => {
          setAsking(false);
          close.mutate();
        }}
        onClose={() => setAsking(false)}
      />
    </Panel>
  );
}
