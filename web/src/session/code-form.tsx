import { Button, Input } from "@cloudflare/kumo";
import type { SyntheticEvent } from "react";
import { useState } from "react";
import { codeOf, troubleOf } from "../api/problem.ts";
import { Problem } from "../components/problem.tsx";
import { useFocusInvalid } from "../components/use-focus-invalid.ts";
import type { Factor, FactorProof } from "./factors.ts";
import { bareCode, codeProblem, FACTOR_WORDS } from "./factors.ts";

type Props = {
  way: Exclude<Factor, "passkey">;
  submission: { error: Error | null; isPending: boolean; mutate: (proof: FactorProof) => void };
  submitLabel: string;
  size: "base" | "lg";
};

/** Takes a code of an app, or one that was saved for bad days. */
export function CodeForm({ way, submission: { error, isPending, mutate }, submitLabel, size }: Props) {
  const [code, setCode] = useState("");
  const [mistake, setMistake] = useState<string | null>(null);
  const isWrong = codeOf(error) === "auth.code_invalid";
  const message = mistake ?? (isWrong ? troubleOf(error).detail : null);
  const form = useFocusInvalid(mistake ?? error);
  const { label, hint } = FACTOR_WORDS[way];

  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    const problem = codeProblem(way, code);
    setMistake(problem);
    if (problem === null) mutate({ kind: way, code: bareCode(code) });
  };
  return (
    <form ref={form} noValidate onSubmit={submit} className="flex flex-col gap-5" aria-busy={isPending}>
      {error === null || isWrong ? null : <Problem error={error} />}
      <Input
        label={label}
        size={size}
        required
        // oxlint-disable-next-line jsx-a11y/no-autofocus -- The step's only field; whoever comes here has just asked for it.
        autoFocus
        autoComplete={way === "totp" ? "one-time-code" : "off"}
        inputMode={way === "totp" ? "numeric" : "text"}
        autoCapitalize="none"
        spellCheck={false}
        description={hint}
        value={code}
        onChange={({ target }) => {
          setCode(target.value);
          setMistake(null);
        }}
        {...(message === null ? {} : { error: message, "aria-invalid": true as const })}
      />
      <Button
        type="submit"
        variant="primary"
        size={size}
        className="w-full justify-center"
        loading={isPending}
      >
        {submitLabel}
      </Button>
    </form>
  );
}
