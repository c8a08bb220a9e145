import { cn } from "@cloudflare/kumo";
import type { ReactNode } from "react";
import { useId } from "react";

type Props = {
  title: ReactNode;
  /** What stands at the end of the heading's line. */
  aside?: ReactNode;
  children: ReactNode;
  className?: string;
};

/** A titled part of a page. */
export function Panel({ title, aside, children, className }: Props) {
  const id = useId();
  return (
    <section
      aria-labelledby={id}
      className={cn("overflow-hidden rounded-xl bg-kumo-base shadow-xs ring ring-kumo-hairline", className)}
    >
      <header className="flex min-h-12 items-center justify-between gap-4 border-b border-kumo-hairline px-5 py-2">
        <h2 id={id} className="text-base font-semibold text-kumo-strong">
          {title}
        </h2>
        {aside}
      </header>
      {children}
    </section>
  );
}
