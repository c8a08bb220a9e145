import { Input, InputArea } from "@cloudflare/kumo";
import type { ClipboardEvent, Ref } from "react";
import { useState } from "react";
import { hasSeveralLines } from "./several-lines.ts";

type Props = {
  label: string;
  value: string;
  onChange: (value: string) => void;
  error: string | null;
  isFirst: boolean;
  ref: Ref<HTMLInputElement>;
};

/**
 * A value that isn't shown while it is put in. A password field silently drops line breaks, which would spoil a key file:
 * what has several lines gets a field that keeps them.
 */
export function ValueField({ label, value, onChange, error, isFirst, ref }: Props) {
  const [isLong, setLong] = useState(false);
  const common = {
    label,
    required: true,
    autoComplete: "off",
    spellCheck: false,
    description: "Encrypted at once. It can be replaced and deleted, but never shown again.",
    value,
    ...(error === null ? {} : { error, "aria-invalid": true as const }),
  };

  const paste = (event: ClipboardEvent<HTMLInputElement>): void => {
    const text = event.clipboardData.getData("text");
    if (!hasSeveralLines(text)) return;
    event.preventDefault();
    setLong(true);
    onChange(text);
  };
  return isLong ? (
    <InputArea
      {...common}
      rows={5}
      // oxlint-disable-next-line jsx-a11y/no-autofocus -- It takes the place of the field that was just pasted into.
      autoFocus
      className="font-mono text-sm [-webkit-text-security:disc]"
      onChange={({ target }) => onChange(target.value)}
    />
  ) : (
    <Input
      {...common}
      ref={ref}
      type="password"
      passwordManagerIgnore
      {...(isFirst ? { autoFocus: true } : {})}
      onPaste={paste}
      onChange={({ target }) => onChange(target.value)}
    />
  );
}
