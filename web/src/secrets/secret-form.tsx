import { Button, Input } from "@cloudflare/kumo";
import { useMutation } from "@tanstack/react-query";
import type { SyntheticEvent } from "react";
import { useRef, useState } from "react";
import { setSecret } from "../../../worker/contract/secrets.ts";
import { api } from "../api/client.ts";
import { codeOf, fieldError, isAboutFields, isWaivedProof, troubleOf } from "../api/problem.ts";
import { Problem } from "../components/problem.tsx";
import { useFocusInvalid } from "../components/use-focus-invalid.ts";
import { keptWords } from "./check-words.ts";
import { secretName, secretNameProblem, suggestedSecrets } from "./names.ts";
import { ValueField } from "./value-field.tsx";

type Props = {
  deploymentId: string;
  /** What is there already. */
  names: readonly string[];
  /** The one to replace; null for a new one. */
  replaced: string | null;
  onKept: (words: string) => void;
  onCancel: () => void;
};

/** Takes a value that nobody will see again, us neither. */
export function SecretForm({ deploymentId, names, replaced, onKept, onCancel }: Props) {
  const [typed, setTyped] = useState(replaced ?? "");
  const [value, setValue] = useState("");
  const [mistake, setMistake] = useState<string | null>(null);
  const valueField = useRef<HTMLInputElement>(null);
  const name = replaced ?? secretName(typed);
  const keep = useMutation({
    mutationFn: (check: boolean) =>
      api.call(setSecret, { params: { id: deploymentId, name }, json: { value, check } }),
    onSuccess: (kept) => onKept(keptWords(kept)),
  });
  const { error, isPending } = keep;
  const isRefused = codeOf(error) === "secret.refused";
  const nameError = mistake ?? fieldError(error, "/name");
  const valueError = isRefused ? troubleOf(error).detail : fieldError(error, "/value");
  const form = useFocusInvalid(mistake ?? (isWaivedProof(error) ? null : error));

  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    const problem = secretNameProblem(name);
    setMistake(problem);
    if (problem === null) keep.mutate(true);
  };
  return (
    <form
      ref={form}
      noValidate
      onSubmit={submit}
      className="flex flex-col gap-4 border-b border-kumo-hairline p-5"
      aria-busy={isPending}
      aria-label={replaced === null ? "New secret" : `New value of ${replaced}`}
    >
      {error === null || isRefused || isAboutFields(error, ["/name", "/value"]) ? null : (
        <Problem error={error} />
      )}
      {replaced === null ? (
        <div className="flex flex-col gap-2">
          <Input
            label="Name"
            // oxlint-disable-next-line jsx-a11y/no-autofocus -- The form opens at a button's press.
            autoFocus
            required
            maxLength={64}
            autoComplete="off"
            autoCapitalize="characters"
            spellCheck={false}
            passwordManagerIgnore
            className="font-mono"
            placeholder="OPENAI_API_KEY"
            description={name !== typed && name !== "" ? `Kept as ${name}.` : undefined}
            value={typed}
            onChange={({ target }) => {
              setTyped(target.value);
              setMistake(null);
            }}
            {...(nameError === null ? {} : { error: nameError, "aria-invalid": true as const })}
          />
          <Suggestions
            names={names}
            onChoose={(chosen) => {
              setTyped(chosen);
              setMistake(null);
              valueField.current?.focus();
            }}
          />
        </div>
      ) : null}
      <ValueField
        ref={valueField}
        label={replaced === null ? "Value" : `New value of ${replaced}`}
        value={value}
        onChange={setValue}
        error={valueError}
        isFirst={replaced !== null}
      />
      <div className="flex flex-wrap justify-end gap-2">
        <Button onClick={onCancel}>Cancel</Button>
        {isRefused ? (
          <Button loading={isPending && !keep.variables} onClick={() => keep.mutate(false)}>
            Save it anyway
          </Button>
        ) : null}
        <Button
          type="submit"
          variant="primary"
          loading={isPending && keep.variables}
          disabled={value === "" || name === ""}
        >
          Save secret
        </Button>
      </div>
    </form>
  );
}

function Suggestions({ names, onChoose }: { names: readonly string[]; onChoose: (name: string) => void }) {
  const suggested = suggestedSecrets(names);
  if (suggested.length === 0) return null;
  return (
    <div className="flex flex-wrap items-center gap-1.5 text-sm text-kumo-subtle">
      <span id="common-secrets">Common:</span>
      <ul aria-labelledby="common-secrets" className="flex flex-wrap gap-1.5">
        {suggested.map(({ name, title }) => (
          <li key={name}>
            <Button size="xs" title={name} onClick={() => onChoose(name)}>
              {title}
            </Button>
          </li>
        ))}
      </ul>
    </div>
  );
}
