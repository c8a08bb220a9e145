import { Button } from "@cloudflare/kumo";
import { useMutation } from "@tanstack/react-query";
import type { login } from "../../../worker/contract/auth.ts";
import { loginFactor } from "../../../worker/contract/auth.ts";
import type { Output } from "../../../worker/contract/client.ts";
import { api } from "../api/client.ts";
import { codeOf } from "../api/problem.ts";
import { Problem } from "../components/problem.tsx";
import { FactorForm } from "./factor-form.tsx";
import type { FactorProof } from "./factors.ts";

export type SecondHalf = Extract<Output<typeof login>, { status: "second_factor_required" }>;

type Props = {
  half: SecondHalf;
  email: string;
  onEntered: () => Promise<void>;
  onStartOver: () => void;
};

/** The second half of a login. */
export function SecondStep({ half, email, onEntered, onStartOver }: Props) {
  const prove = useMutation({
    mutationFn: async (proof: FactorProof) => {
      await api.call(loginFactor, { json: { challenge: half.challenge, proof } });
      await onEntered();
    },
  });
  const isOver = codeOf(prove.error) === "auth.link_invalid";
  return (
    <div className="flex flex-col gap-5">
      {isOver ? (
        <>
          <Problem error={prove.error} />
          <Button variant="primary" size="lg" className="w-full justify-center" onClick={onStartOver}>
            Log in again
          </Button>
        </>
      ) : (
        <FactorForm factors={half.factors} submission={prove} submitLabel="Log in" />
      )}
      <p className="text-sm text-kumo-subtle">
        Logging in as <strong className="font-medium break-all text-kumo-default">{email}</strong>.{" "}
        <button
          type="button"
          onClick={onStartOver}
          className="rounded-sm underline underline-offset-2 outline-none hover:text-kumo-default focus-visible:ring-2 focus-visible:ring-kumo-brand"
        >
          Use another account
        </button>
      </p>
    </div>
  );
}
