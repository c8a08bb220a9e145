import type { ReactNode } from "react";
import { PageTitle } from "./page-title.tsx";

/** The heading of a section, what it is about, and what can be begun there. */
export function SectionTitle({ title, lead, aside }: { title: string; lead: ReactNode; aside?: ReactNode }) {
  return (
    <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
      <div className="flex min-w-0 flex-1 basis-80 flex-col gap-1">
        <PageTitle title={title} />
        <p className="text-kumo-subtle">{lead}</p>
      </div>
      {aside}
    </div>
  );
}
