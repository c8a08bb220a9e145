import { Button } from "@cloudflare/kumo";
import { CheckIcon, CopyIcon } from "@phosphor-icons/react";
import { useEffect, useState } from "react";

const SAID_MS = 2_000;

type Props = {
  /** Made when it is asked for. */
  text: () => string;
  label?: string;
  isDisabled?: boolean;
  variant?: "ghost" | "secondary" | "primary";
};

/** Copies a text. */
export function CopyButton({ text, label = "Copy", isDisabled = false, variant = "ghost" }: Props) {
  const [said, setSaid] = useState<"copied" | "refused" | null>(null);

  useEffect(() => {
    if (said === null) return undefined;
    const timer = setTimeout(() => setSaid(null), SAID_MS);
    return () => clearTimeout(timer);
  }, [said]);

  async function copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(text());
      setSaid("copied");
    } catch {
      setSaid("refused"); // The browser asks its user first, who may say no.
    }
  }

  const words = said === null ? label : said === "copied" ? "Copied" : "Not allowed";
  return (
    <>
      <Button
        variant={variant}
        size="sm"
        disabled={isDisabled}
        icon={said === "copied" ? <CheckIcon /> : <CopyIcon />}
        onClick={() => void copy()}
      >
        {words}
      </Button>
      <output className="sr-only">{said === null ? "" : words}</output>
    </>
  );
}
