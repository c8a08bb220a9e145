import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { lazy, Suspense } from "react";
import { Link, useLocation } from "wouter";
import { meQuery } from "../api/queries.ts";
import { BANNER_WORDS } from "../billing/words.ts";
import { accountName } from "../session/account-name.ts";
import { SessionGate } from "../session/session-gate.tsx";
import { Logo } from "./logo.tsx";
import { PageLoading } from "./page-loading.tsx";
import { TrialBadge } from "./trial-badge.tsx";

// A menu is a lot of code for something that is rarely opened: the page comes first.
const AccountMenu = lazy(async () => ({ default: (await import("./account-menu.tsx")).AccountMenu }));

// For accounts that are not as usual.
const AccountBanner = lazy(async () => ({
  default: (await import("../account/account-banner.tsx")).AccountBanner,
}));

const BillingBanner = lazy(async () => ({
  default: (await import("../billing/billing-banner.tsx")).BillingBanner,
}));

/** The page whose first words are the banner's. */
const BILLING_PATH = "/account/billing";

/** What surrounds every page of somebody who is signed in. */
export function AppShell({ children }: { children: ReactNode }) {
  const { data: me } = useQuery(meQuery);
  const [path] = useLocation();
  return (
    <>
      <a
        href="#content"
        className="sr-only rounded-lg bg-kumo-base px-3 py-2 text-kumo-default ring ring-kumo-line focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-20"
      >
        Skip to content
      </a>
      <header className="sticky top-0 z-10 border-b border-kumo-hairline bg-kumo-canvas/85 backdrop-blur-md">
        <div className="mx-auto flex h-14 max-w-6xl items-center justify-between gap-4 px-4 sm:px-6">
          <div className="flex min-w-0 items-center gap-2.5">
            <Link
              href="/"
              className="flex items-center gap-2.5 rounded-md font-semibold tracking-tight text-kumo-strong outline-none focus-visible:ring-2 focus-visible:ring-kumo-brand focus-visible:ring-offset-4 focus-visible:ring-offset-kumo-canvas"
            >
              <Logo />
              Launchpad
            </Link>
            {me === undefined || me.accounts.length < 2 ? null : (
              // Whoever acts for several accounts sees which one this page is about.
              <span className="flex min-w-0 items-center gap-2.5 text-sm max-sm:hidden">
                <span aria-hidden="true" className="text-kumo-inactive">
                  /
                </span>
                <span className="truncate text-kumo-subtle">{accountName(me, me.account.id)}</span>
              </span>
            )}
          </div>
          {me === undefined ? null : (
            <div className="flex min-w-0 items-center gap-2 sm:gap-3">
              <TrialBadge subscription={me.subscription} />
              <Suspense fallback={<span className="h-9 w-13 md:w-40" />}>
                <AccountMenu me={me} />
              </Suspense>
            </div>
          )}
        </div>
      </header>
      <main id="content" tabIndex={-1} className="mx-auto max-w-6xl px-4 pt-8 pb-20 sm:px-6 sm:pt-10">
        <SessionGate>
          {me === undefined || me.account.status === "active" ? null : (
            <Suspense>
              <AccountBanner {...me.account} />
            </Suspense>
          )}
          {me?.account.status === "active" &&
          me.subscription !== null &&
          BANNER_WORDS[me.subscription.status] !== null &&
          path !== BILLING_PATH ? (
            <Suspense>
              <BillingBanner {...me.subscription} />
            </Suspense>
          ) : null}
          <Suspense fallback={<PageLoading />}>{children}</Suspense>
        </SessionGate>
      </main>
    </>
  );
}
