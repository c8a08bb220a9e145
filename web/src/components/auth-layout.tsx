import type { ReactNode } from "react";
import { Logo } from "./logo.tsx";
import { PageTitle } from "./page-title.tsx";

type Props = { title: string; lead: ReactNode; children?: ReactNode; footer?: ReactNode };

/** The pages before somebody is signed in: one narrow column, one thing to do. */
export function AuthLayout({ title, lead, children, footer }: Props) {
  return (
    <main className="mx-auto flex min-h-dvh w-full max-w-sm flex-col justify-center px-5 py-12">
      <div className="mb-8 flex flex-col gap-5">
        <span className="flex items-center gap-2.5 font-semibold tracking-tight text-kumo-strong">
          <Logo size={28} />
          Launchpad
        </span>
        <div className="flex flex-col gap-1.5">
          <PageTitle title={title} />
          <p className="text-kumo-subtle">{lead}</p>
        </div>
      </div>
      {children}
      {footer === undefined ? null : <p className="mt-8 text-sm text-kumo-subtle">{footer}</p>}
    </main>
  );
}
