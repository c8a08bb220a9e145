import { Button, Dialog, Input } from "@cloudflare/kumo";
import type { SyntheticEvent } from "react";
import { useState } from "react";
import { CONFIRM_WORDS } from "./confirm-words.ts";

type Props = { isOpen: boolean; name: string; onConfirm: () => void; onClose: () => void };

/** Deleting takes typing the name: a slip of the hand must not be enough. */
export function ConfirmDelete({ isOpen, name, onConfirm, onClose }: Props) {
  const [typed, setTyped] = useState("");
  const isSure = typed.trim() === name.trim();
  const words = CONFIRM_WORDS.delete;

  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    if (isSure) onConfirm();
  };
  return (
    <Dialog.Root
      role="alertdialog"
      open={isOpen}
      onOpenChange={(opens) => (opens ? null : onClose())}
      onOpenChangeComplete={(hasOpened) => (hasOpened ? null : setTyped(""))}
    >
      <Dialog className="p-6">
        <form onSubmit={submit}>
          <Dialog.Title className="text-lg font-semibold break-words text-kumo-strong">
            {words.title(name)}
          </Dialog.Title>
          <Dialog.Description className="mt-2 text-kumo-subtle">{words.text}</Dialog.Description>
          <div className="mt-5">
            <Input
              label={`Type “${name}” to confirm`}
              autoComplete="off"
              spellCheck={false}
              passwordManagerIgnore
              value={typed}
              onChange={({ target }) => setTyped(target.value)}
            />
          </div>
          <div className="mt-6 flex flex-wrap justify-end gap-2">
            <Button onClick={onClose}>Cancel</Button>
            <Button type="submit" variant="destructive" disabled={!isSure}>
              {words.button}
            </Button>
          </div>
        </form>
      </Dialog>
    </Dialog.Root>
  );
}
