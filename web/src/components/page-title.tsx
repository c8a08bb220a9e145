import { cn } from "@cloudflare/kumo";
import type { ReactNode } from "react";
import { useEffect, useRef } from "react";

/** The first page of a visit keeps the browser's own focus; every later one begins at its heading. */
let hasShownPage = false;

/** A page's heading and its title in the tab. After a navigation it takes the focus, so that readers begin here. */
export function PageTitle({
  title,
  children,
  className,
}: {
  title: string;
  children?: ReactNode;
  className?: string;
}) {
  const heading = useRef<HTMLHeadingElement>(null);

  useEffect(() => {
    document.title = `${title} · Launchpad`;
  }, [title]);

  useEffect(() => {
    if (hasShownPage) {
      scrollTo(0, 0);
      heading.current?.focus({ preventScroll: true });
    }
    hasShownPage = true;
  }, []);

  return (
    <h1
      ref={heading}
      tabIndex={-1}
      className={cn("text-2xl font-semibold tracking-tight text-kumo-strong", className)}
    >
      {children ?? title}
    </h1>
  );
}
