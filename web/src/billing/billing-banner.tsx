import { Banner, LinkButton } from "@cloudflare/kumo";
import { WarningIcon } from "@phosphor-icons/react";
import { useQuery } from "@tanstack/react-query";
import { readBilling, startCheckout } from "../../../worker/contract/billing.ts";
import { billingQuery } from "../api/billing-queries.ts";
import { useMay } from "../session/use-may.ts";
import { formatExact } from "../time/relative.ts";
import type { Subscription } from "./standing.ts";
import { BANNER_WORDS } from "./words.ts";

/** On every page of an account that may soon run nothing, or runs nothing already: what that means, and the way out. */
export function BillingBanner({ status, endsAt }: Pick<Subscription, "status" | "endsAt">) {
  const may = useMay();
  const { data: billing } = useQuery({ ...billingQuery, enabled: may(readBilling) });
  const words = BANNER_WORDS[status];
  if (words === null) return null;
  const reason = billing?.phase === status ? billing.reason : words.text;
  const next = endsAt === null ? "" : ` ${words.next(formatExact(Date.parse(endsAt)))}`;
  return (
    <section aria-label="About this account’s plan" className="mb-6">
      <Banner
        variant="alert"
        // Kumo's own warning words have too little contrast on their tint (WCAG 2.2, 1.4.3).
        className="text-kumo-default"
        icon={<WarningIcon weight="fill" />}
        title={words.title}
        description={`${reason}${next}${may(startCheckout) ? "" : " An owner of the account can pay."}`}
        action={
          may(startCheckout) ? (
            <LinkButton href="/account/billing" variant="secondary" size="sm">
              {status === "retention" || status === "destroying" ? "Choose a plan" : "See to it"}
            </LinkButton>
          ) : undefined
        }
      />
    </section>
  );
}
