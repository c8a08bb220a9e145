import { Button } from "@cloudflare/kumo";
import { ArrowSquareOutIcon } from "@phosphor-icons/react";

type Props = { closedBecause: string | null; isOpening: boolean; onOpen: () => Promise<void> };

/** The way in. Why it is shut stands beneath it, under the id that the button names as its description. */
export function OpenButton({ closedBecause, isOpening, onOpen }: Props) {
  const isClosed = closedBecause !== null;
  return (
    <Button
      variant="primary"
      className="justify-center max-sm:order-first max-sm:w-full"
      icon={<ArrowSquareOutIcon weight="bold" />}
      disabled={isClosed}
      loading={isOpening}
      onClick={() => void onOpen()}
      {...(isClosed ? { "aria-describedby": "closed-because" } : {})}
    >
      Open assistant
    </Button>
  );
}
