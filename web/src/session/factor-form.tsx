import { Button } from "@cloudflare/kumo";
import { FingerprintIcon } from "@phosphor-icons/react";
import { useState } from "react";
import { BrowserTrouble } from "../api/problem.ts";
import { Problem } from "../components/problem.tsx";
import { canUsePasskeys } from "./can-use-passkeys.ts";
import { CodeForm } from "./code-form.tsx";
import type { Factor, FactorProof } from "./factors.ts";
import { FACTOR_WORDS, factorsInOrder } from "./factors.ts";
import { showPasskey } from "./passkey.ts";

type Props = {
  /** What can be asked of this person. */
  factors: readonly Factor[];
  submission: {
    error: Error | null;
    isPending: boolean;
    mutate: (proof: FactorProof) => void;
    reset: () => void;
  };
  submitLabel: string;
  size?: "base" | "lg";
};

const NO_WAY = new BrowserTrouble(
  "This browser can’t use your passkey",
  "It is the only second factor you have. Use a browser that knows passkeys.",
);

/** Takes a second factor: one way at a time, the others a click away. */
export function FactorForm({ factors, submission, submitLabel, size = "lg" }: Props) {
  const offered = factorsInOrder(factors, canUsePasskeys());
  const [chosen, setChosen] = useState<Factor | null>(null);
  const [browserError, setBrowserError] = useState<unknown>(null);
  const [isShowing, setShowing] = useState(false);
  const way = chosen ?? offered[0];
  const isBusy = submission.isPending || isShowing;

  async function provePasskey(): Promise<void> {
    setBrowserError(null);
    setShowing(true);
    try {
      submission.mutate({ kind: "passkey", answer: await showPasskey() });
    } catch (error) {
      setBrowserError(error);
    } finally {
      setShowing(false);
    }
  }

  const choose = (factor: Factor): void => {
    submission.reset();
    setBrowserError(null);
    setChosen(factor);
    if (factor === "passkey") void provePasskey();
  };
  if (way === undefined) return <Problem error={NO_WAY} />;
  return (
    <div className="flex flex-col gap-5">
      {browserError === null ? null : <Problem error={browserError} />}
      {way === "passkey" ? (
        <>
          {submission.error === null ? null : <Problem error={submission.error} />}
          <Button
            variant="primary"
            size={size}
            className="w-full justify-center"
            icon={<FingerprintIcon />}
            loading={isBusy}
            onClick={() => void provePasskey()}
          >
            {FACTOR_WORDS.passkey.use}
          </Button>
        </>
      ) : (
        <CodeForm key={way} way={way} submission={submission} submitLabel={submitLabel} size={size} />
      )}
      <OtherWays factors={offered.filter((factor) => factor !== way)} isBusy={isBusy} onChoose={choose} />
    </div>
  );
}

type OtherWaysProps = { factors: readonly Factor[]; isBusy: boolean; onChoose: (factor: Factor) => void };

function OtherWays({ factors, isBusy, onChoose }: OtherWaysProps) {
  if (factors.length === 0) return null;
  return (
    <div className="flex flex-col gap-2">
      {factors.map((factor) => (
        <Button
          key={factor}
          variant="ghost"
          className="w-full justify-center text-kumo-subtle"
          disabled={isBusy}
          onClick={() => onChoose(factor)}
        >
          {FACTOR_WORDS[factor].choose}
        </Button>
      ))}
    </div>
  );
}
