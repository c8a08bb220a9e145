import { cn } from "@cloudflare/kumo";
import { Link } from "wouter";
import type { Me } from "../../../worker/contract/auth.ts";
import { accountName } from "../session/account-name.ts";
import { ACCOUNT_SECTIONS, maySee, OWN_SECTIONS } from "./sections.ts";

type Props = { me: Me; current: string };

/** The parts of the account area: what is one's own, and what is the account's. */
export function AccountNav({ me, current }: Props) {
  return (
    <nav
      aria-label="Account"
      className="flex gap-x-6 gap-y-5 overflow-x-auto pb-1 max-md:-mx-4 max-md:px-4 md:sticky md:top-24 md:flex-col"
    >
      <Group title="You" sections={OWN_SECTIONS} current={current} />
      <Group
        title={me.accounts.length > 1 ? accountName(me, me.account.id) : "Your account"}
        sections={ACCOUNT_SECTIONS.filter((section) => maySee(me, section))}
        current={current}
      />
    </nav>
  );
}

/** Where the screen is too narrow for all of them, the current one is not the one that is cut off. */
const bringIntoView = (link: HTMLElement | null): void =>
  link?.scrollIntoView({ block: "nearest", inline: "nearest" });

type GroupProps = {
  title: string;
  sections: readonly { id: string; title: string }[];
  current: string;
};

function Group({ title, sections, current }: GroupProps) {
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <p className="truncate px-3 text-xs font-medium text-kumo-subtle" title={title}>
        {title}
      </p>
      <ul className="flex gap-0.5 md:flex-col">
        {sections.map((section) => (
          <li key={section.id}>
            <Link
              href={`/account/${section.id}`}
              {...(section.id === current ? { "aria-current": "page" as const, ref: bringIntoView } : {})}
              className={cn(
                "block rounded-lg px-3 py-1.5 whitespace-nowrap outline-none focus-visible:ring-2 focus-visible:ring-kumo-brand focus-visible:ring-inset",
                section.id === current
                  ? "bg-kumo-fill font-medium text-kumo-strong"
                  : "text-kumo-subtle hover:bg-kumo-tint hover:text-kumo-default",
              )}
            >
              {section.title}
            </Link>
          </li>
        ))}
      </ul>
    </div>
  );
}
