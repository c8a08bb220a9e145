import { Button, Dialog } from "@cloudflare/kumo";
import { DownloadSimpleIcon } from "@phosphor-icons/react";
import { useEffect } from "react";
import { CopyButton } from "../components/copy-button.tsx";
import { saveFile } from "../components/save-file.ts";
import { useLast } from "../components/use-last.ts";
import { recoveryText } from "./recovery-text.ts";

type Props = {
  /** Null while there is nothing to show. */
  codes: readonly string[] | null;
  email: string;
  onDone: () => void;
};

/** Recovery codes, which nobody can show a second time: nothing but its button closes it. */
export function RecoveryCodesDialog({ codes, email, onDone }: Props) {
  const shown = useLast(codes) ?? [];
  const text = () => recoveryText(shown, email, new Date());

  useEffect(() => {
    if (codes === null) return undefined;
    const hold = (event: BeforeUnloadEvent): void => event.preventDefault();
    addEventListener("beforeunload", hold);
    return () => removeEventListener("beforeunload", hold);
  }, [codes]);

  return (
    <Dialog.Root role="alertdialog" open={codes !== null}>
      <Dialog size="lg" className="p-6">
        <Dialog.Title className="text-lg font-semibold text-kumo-strong">
          Save your recovery codes
        </Dialog.Title>
        <Dialog.Description className="mt-2 text-kumo-subtle">
          They are shown this once. Each stands in once for a lost app or passkey; without them and without
          those, nobody can let you in. Keep them where your phone isn’t.
        </Dialog.Description>
        <ol
          aria-label="Recovery codes"
          className="mt-5 grid gap-x-6 gap-y-2 rounded-lg bg-kumo-recessed px-4 py-3 font-mono text-xs text-kumo-default tabular-nums sm:grid-cols-2"
        >
          {shown.map((code) => (
            <li key={code} className="select-all">
              {code}
            </li>
          ))}
        </ol>
        <div className="mt-6 flex flex-wrap items-center justify-between gap-2">
          <div className="flex gap-1">
            <CopyButton text={text} label="Copy all" variant="secondary" />
            <Button
              size="sm"
              icon={<DownloadSimpleIcon />}
              onClick={() => saveFile("launchpad-recovery-codes.txt", "text/plain", text())}
            >
              Download
            </Button>
          </div>
          <Button variant="primary" onClick={onDone}>
            I have saved them
          </Button>
        </div>
      </Dialog>
    </Dialog.Root>
  );
}
