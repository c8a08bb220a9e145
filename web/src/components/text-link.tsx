import type { ReactNode } from "react";

/** A link in a text that leads to another site. */
export function TextLink({ href, children, label }: { href: string; children: ReactNode; label?: string }) {
  return (
    <a
      href={href}
      aria-label={label}
      className="rounded-sm text-kumo-default underline underline-offset-2 outline-none focus-visible:ring-2 focus-visible:ring-kumo-brand"
    >
      {children}
    </a>
  );
}
