import { LinkButton } from "@cloudflare/kumo";
import { useQuery } from "@tanstack/react-query";
import type { ComponentType } from "react";
import type { Me } from "../../../worker/contract/auth.ts";
import { AccountNav } from "../account/account-nav.tsx";
import { sectionAt } from "../account/sections.ts";
import { meQuery } from "../api/queries.ts";
import { PageLoading } from "../components/page-loading.tsx";
import { PageTitle } from "../components/page-title.tsx";
import { ActivityPage } from "./activity-page.tsx";
import { BillingPage } from "./billing-page.tsx";
import { GeneralPage } from "./general-page.tsx";
import { MembersPage } from "./members-page.tsx";
import { NotFoundPage } from "./not-found-page.tsx";
import { SecurityPage } from "./security-page.tsx";
import { TokensPage } from "./tokens-page.tsx";

const SECTION_PAGES: Record<
  Exclude<ReturnType<typeof sectionAt>, "denied" | null>,
  ComponentType<{ me: Me }>
> = {
  security: SecurityPage,
  general: GeneralPage,
  members: MembersPage,
  billing: BillingPage,
  tokens: TokensPage,
  activity: ActivityPage,
};

/** Everything around one's deployments: oneself and the account, a section an address. */
export function AccountPage({ section: id }: { section: string }) {
  const { data: me } = useQuery(meQuery);
  if (me === undefined) return <PageLoading />;
  const section = sectionAt(id, me);
  if (section === null) return <NotFoundPage />;
  return (
    <div className="grid gap-x-10 gap-y-6 md:grid-cols-[11rem_minmax(0,1fr)] lg:gap-x-14">
      <div className="min-w-0">
        <AccountNav me={me} current={id} />
      </div>
      <div className="flex max-w-3xl min-w-0 flex-col gap-6">
        {section === "denied" ? <NotForYou me={me} /> : <Section section={section} me={me} />}
      </div>
    </div>
  );
}

function Section({ section, me }: { section: keyof typeof SECTION_PAGES; me: Me }) {
  const Page = SECTION_PAGES[section];
  return <Page me={me} />;
}

function NotForYou({ me }: { me: Me }) {
  return (
    <div className="flex flex-col items-start gap-4 py-8">
      <PageTitle title="Not for your role" />
      <p className="max-w-md text-kumo-subtle">
        In this account you are {me.account.role}, which doesn’t include this. An owner can give you another
        role.
      </p>
      <LinkButton href="/account/members" variant="secondary">
        See who owns it
      </LinkButton>
    </div>
  );
}
