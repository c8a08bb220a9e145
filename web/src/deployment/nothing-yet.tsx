import { LinkButton } from "@cloudflare/kumo";
import { useQuery } from "@tanstack/react-query";
import { meQuery } from "../api/queries.ts";
import { PageTitle } from "../components/page-title.tsx";

/** What somebody sees who can't create deployments: in the place of an empty list, or of the form. */
export function NothingYet({ isForm = false }: { isForm?: boolean }) {
  const { data: me } = useQuery(meQuery);
  const isActive = me?.account.status === "active";
  return (
    <div className="flex flex-col items-start gap-4 py-16">
      <PageTitle title={isForm ? "Nothing can be created here" : "No deployment here yet"} />
      <p className="max-w-md text-kumo-subtle">
        {isActive
          ? `In this account you are ${me.account.role}, which doesn’t include creating deployments. You see what others create.`
          : "Nothing can be created while the account is as it is."}
      </p>
      <LinkButton
        href={isForm ? "/" : isActive ? "/account/members" : "/account/general"}
        variant="secondary"
      >
        {isForm ? "All deployments" : isActive ? "See who is in it" : "See the account"}
      </LinkButton>
    </div>
  );
}
