import { Button, Dialog, Input } from "@cloudflare/kumo";
import type { ReactNode, SyntheticEvent } from "react";
import { useState } from "react";
import { useLast } from "./use-last.ts";

export type Question = {
  title: string;
  /** What happens, and what doesn't. */
  text: ReactNode;
  button: string;
  isDestructive?: boolean;
  /** What has to be typed first, where a slip of the hand must not be enough. */
  typed?: string;
};

type Props = {
  /** Null while there is nothing to confirm. */
  question: Question | null;
  onConfirm: () => void;
  onClose: () => void;
};

/** Asks once more and says what happens. */
export function ConfirmDialog({ question, onConfirm, onClose }: Props) {
  const [typed, setTyped] = useState("");
  // The words stay while the dialog fades away.
  const shown = useLast(question);
  const isSure = shown?.typed === undefined || typed.trim() === shown.typed.trim();

  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    if (isSure) onConfirm();
  };
  return (
    <Dialog.Root
      role="alertdialog"
      open={question !== null}
      onOpenChange={(opens) => (opens ? null : onClose())}
      onOpenChangeComplete={(hasOpened) => (hasOpened ? null : setTyped(""))}
    >
      <Dialog className="p-6">
        <form onSubmit={submit}>
          <Dialog.Title className="text-lg font-semibold break-words text-kumo-strong">
            {shown?.title}
          </Dialog.Title>
          <Dialog.Description className="mt-2 text-kumo-subtle">{shown?.text}</Dialog.Description>
          {shown?.typed === undefined ? null : (
            <div className="mt-5">
              <Input
                label={`Type “${shown.typed}” to confirm`}
                autoComplete="off"
                spellCheck={false}
                passwordManagerIgnore
                value={typed}
                onChange={({ target }) => setTyped(target.value)}
              />
            </div>
          )}
          <div className="mt-6 flex flex-wrap justify-end gap-2">
            <Button onClick={onClose}>Cancel</Button>
            <Button
              type="submit"
              variant={shown?.isDestructive === true ? "destructive" : "primary"}
              disabled={!isSure}
            >
              {shown?.button}
            </Button>
          </div>
        </form>
      </Dialog>
    </Dialog.Root>
  );
}
