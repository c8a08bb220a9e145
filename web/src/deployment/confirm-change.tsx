import { Button, Dialog } from "@cloudflare/kumo";
import type { Confirmed } from "./confirm-words.ts";
import { CONFIRM_WORDS } from "./confirm-words.ts";
import { useLast } from "./use-last.ts";

type Props = {
  /** What is to be confirmed; null while nothing is. */
  asked: Exclude<Confirmed, "delete"> | null;
  name: string;
  onConfirm: () => void;
  onClose: () => void;
};

/** Asks once more and says what happens. */
export function ConfirmChange({ asked, name, onConfirm, onClose }: Props) {
  // The words stay while the dialog fades away.
  const words = CONFIRM_WORDS[useLast(asked) ?? "restart"];
  return (
    <Dialog.Root
      role="alertdialog"
      open={asked !== null}
      onOpenChange={(isOpen) => (isOpen ? null : onClose())}
    >
      <Dialog className="p-6">
        <Dialog.Title className="text-lg font-semibold break-words text-kumo-strong">
          {words.title(name)}
        </Dialog.Title>
        <Dialog.Description className="mt-2 text-kumo-subtle">{words.text}</Dialog.Description>
        <div className="mt-6 flex flex-wrap justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" onClick={onConfirm}>
            {words.button}
          </Button>
        </div>
      </Dialog>
    </Dialog.Root>
  );
}
