import { LinkButton } from "@cloudflare/kumo";
import { PageTitle } from "../components/page-title.tsx";

export function NotFoundPage() {
  return (
    <div className="flex flex-col items-start gap-4 py-16">
      <PageTitle title="Page not found" />
      <p className="max-w-md text-kumo-subtle">
        There is nothing at this address. It may have been mistyped.
      </p>
      <LinkButton href="/">All deployments</LinkButton>
    </div>
  );
}
