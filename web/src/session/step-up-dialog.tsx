import { Button, Dialog } from "@cloudflare/kumo";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { stepUp } from "../../../worker/contract/auth.ts";
import type { Input } from "../../../worker/contract/client.ts";
import { api } from "../api/client.ts";
import { codeOf } from "../api/problem.ts";
import { meQuery } from "../api/queries.ts";
import { Loading } from "../components/loading.tsx";
import { FactorForm } from "./factor-form.tsx";
import { PasswordForm } from "./password-form.tsx";

type Proof = Input<typeof stepUp>["json"];

type Props = { isOpen: boolean; onSettled: (isProven: boolean) => void };

/** Asks for the second factor, or for the password where there is none. */
export function StepUpDialog({ isOpen, onSettled }: Props) {
  const client = useQueryClient();
  const { data: me } = useQuery(meQuery);
  const prove = useMutation({
    mutationFn: (proof: Proof) => api.call(stepUp, { json: proof }),
    onSuccess: () => onSettled(true),
    onError: (error) => {
      // The session is over: there is nothing left to prove.
      if (codeOf(error) === "auth.required") onSettled(false);
      // A factor was set up elsewhere meanwhile.
      if (codeOf(error) === "factor.required") void client.invalidateQueries({ queryKey: meQuery.queryKey });
    },
  });
  return (
    <Dialog.Root
      role="alertdialog"
      open={isOpen}
      onOpenChange={(opens) => (opens ? null : onSettled(false))}
      onOpenChangeComplete={(hasOpened) => (hasOpened ? null : prove.reset())}
    >
      <Dialog className="p-6">
        <Dialog.Title className="text-lg font-semibold text-kumo-strong">Confirm that it is you</Dialog.Title>
        <Dialog.Description className="mt-2 mb-5 text-kumo-subtle">
          What you are about to do matters, so we ask once more. It holds for ten minutes.
        </Dialog.Description>
        {me === undefined ? (
          <Loading what="what to ask for" lines={2} className="flex flex-col gap-4" />
        ) : me.user.factors.length === 0 ? (
          <PasswordForm email={me.user.email} submission={prove} />
        ) : (
          <FactorForm factors={me.user.factors} submission={prove} submitLabel="Confirm" size="base" />
        )}
        <Button className="mt-2 w-full justify-center" onClick={() => onSettled(false)}>
          Cancel
        </Button>
      </Dialog>
    </Dialog.Root>
  );
}
