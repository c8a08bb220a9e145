import { LinkButton } from "@cloudflare/kumo";
import { ListChecksIcon, PlusIcon, RocketLaunchIcon, ArrowSquareOutIcon } from "@phosphor-icons/react";
import { PageTitle } from "../components/page-title.tsx";

const STEPS = [
  {
    icon: ListChecksIcon,
    title: "Choose",
    text: "A runtime, its version and where it runs. Good choices are made already.",
  },
  {
    icon: RocketLaunchIcon,
    title: "Watch it start",
    text: "A private machine, an encrypted volume and its own network, in eight steps you can follow.",
  },
  {
    icon: ArrowSquareOutIcon,
    title: "Open it",
    text: "One click signs you in to your assistant. Nobody else gets through the door.",
  },
] as const;

/** What somebody without deployments sees: what one is, how it comes about, and the button. */
export function FirstSteps() {
  return (
    <div className="mx-auto flex max-w-3xl flex-col items-center py-8 text-center sm:py-16">
      <PageTitle title="Deployments" className="sr-only" />
      <h2 className="text-2xl font-semibold tracking-tight text-balance text-kumo-strong sm:text-3xl">
        Launch your first assistant
      </h2>
      <p className="mt-3 max-w-lg text-lg text-balance text-kumo-subtle">
        A deployment is an assistant of your own: always on, on its own machine, with data only you can reach.
      </p>
      <LinkButton href="/new" variant="primary" size="lg" className="mt-7" icon={<PlusIcon weight="bold" />}>
        New deployment
      </LinkButton>
      <ol className="mt-14 grid w-full overflow-hidden rounded-xl bg-kumo-base text-left shadow-xs ring ring-kumo-hairline max-sm:divide-y sm:grid-cols-3 sm:divide-x divide-kumo-hairline">
        {STEPS.map(({ icon: Icon, title, text }) => (
          <li key={title} className="flex flex-col gap-1.5 p-5">
            <Icon size={20} aria-hidden="true" className="mb-2 text-kumo-subtle" />
            <h3 className="font-medium text-kumo-strong">{title}</h3>
            <p className="text-sm leading-5 text-kumo-subtle">{text}</p>
          </li>
        ))}
      </ol>
    </div>
  );
}
