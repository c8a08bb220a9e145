import { Button } from "@cloudflare/kumo";
import { canUsePasskeys } from "./can-use-passkeys.ts";

type Props = { isPending: boolean; onUse: () => void };

/** The other way in: a passkey says who one is and proves it, without an address or a password. */
export function PasskeyLogin({ isPending, onUse }: Props) {
  if (!canUsePasskeys()) return null;
  return (
    <div className="mt-5 flex flex-col gap-5">
      <p className="flex items-center gap-3 text-sm text-kumo-subtle">
        <span aria-hidden="true" className="h-px flex-1 bg-kumo-hairline" />
        or
        <span aria-hidden="true" className="h-px flex-1 bg-kumo-hairline" />
      </p>
      <Button size="lg" className="w-full justify-center" loading={isPending} onClick={onUse}>
        Log in with a passkey
      </Button>
    </div>
  );
}
