import { Button, Input } from "@cloudflare/kumo";
import type { ReactNode, SyntheticEvent } from "react";
import { inputError, isAboutFields } from "../api/problem.ts";
import { Problem } from "../components/problem.tsx";
import { useFocusInvalid } from "../components/use-focus-invalid.ts";

export type Credentials = { email: string; password: string };

export const NO_CREDENTIALS: Credentials = { email: "", password: "" };

type Props = {
  value: Credentials;
  onChange: (value: Credentials) => void;
  /** What the form does with them. */
  submission: { error: Error | null; isPending: boolean; mutate: () => void };
  submitLabel: string;
  /** What a password manager is told (HTML, "Autofill"). */
  autoComplete: { email: "username" | "email"; password: "current-password" | "new-password" };
  passwordDescription?: string;
  /** Right beneath the password. */
  beneath?: ReactNode;
  /** Above the fields. */
  children?: ReactNode;
};

/** Address and password, with each problem beside the field it is about. */
export function CredentialsForm({
  value,
  onChange,
  submission,
  submitLabel,
  autoComplete,
  passwordDescription,
  beneath,
  children,
}: Props) {
  const { error, isPending, mutate } = submission;
  const form = useFocusInvalid(error);

  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    mutate();
  };
  return (
    <form ref={form} noValidate onSubmit={submit} className="flex flex-col gap-5" aria-busy={isPending}>
      {children}
      {error === null || isAboutFields(error, ["/email", "/password"]) ? null : <Problem error={error} />}
      <Input
        label="E-mail"
        type="email"
        name="email"
        autoComplete={autoComplete.email}
        size="lg"
        required
        value={value.email}
        onChange={({ target }) => onChange({ ...value, email: target.value })}
        {...inputError(error, "/email")}
      />
      <div className="flex flex-col gap-2">
        <Input
          label="Password"
          type="password"
          name="password"
          autoComplete={autoComplete.password}
          size="lg"
          required
          {...(passwordDescription === undefined ? {} : { description: passwordDescription })}
          value={value.password}
          onChange={({ target }) => onChange({ ...value, password: target.value })}
          {...inputError(error, "/password")}
        />
        {beneath}
      </div>
      <Button type="submit" variant="primary" size="lg" className="w-full justify-center" loading={isPending}>
        {submitLabel}
      </Button>
    </form>
  );
}
