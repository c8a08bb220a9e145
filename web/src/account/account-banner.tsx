import { Banner, LinkButton } from "@cloudflare/kumo";
import { WarningIcon } from "@phosphor-icons/react";
import { reopenAccount } from "../../../worker/contract/account.ts";
import type { Me } from "../../../worker/contract/auth.ts";
import { useMay } from "../session/use-may.ts";
import { formatExact } from "../time/relative.ts";

/** Kumo's own warning words have too little contrast on their tint (WCAG 2.2, 1.4.3). */
const READABLE = "text-kumo-default";

/** On every page of an account that is not as usual: what that means, and what is still possible. */
export function AccountBanner({ status, closesAt }: Pick<Me["account"], "status" | "closesAt">) {
  const may = useMay();
  if (status === "suspended")
    return (
      <section aria-label="About this account" className="mb-6">
        <Banner
          variant="alert"
          className={READABLE}
          icon={<WarningIcon weight="fill" />}
          title="This account is suspended"
          description="Its assistants are stopped and nothing can be changed. Nothing is lost: everything can still be looked at, and its owners can export it."
        />
      </section>
    );
  const end = closesAt === null ? "within a week" : `on ${formatExact(Date.parse(closesAt))}`;
  return (
    <section aria-label="About this account" className="mb-6">
      <Banner
        variant="alert"
        className={READABLE}
        icon={<WarningIcon weight="fill" />}
        title="This account is being closed"
        description={`Its assistants are stopped. Everything in it is destroyed for good ${end}. Until then its owners can export everything or reopen it.`}
        action={
          may(reopenAccount) ? (
            <LinkButton href="/account/general" variant="secondary" size="sm">
              Export or reopen
            </LinkButton>
          ) : undefined
        }
      />
    </section>
  );
}
