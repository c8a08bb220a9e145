import { cn } from "@cloudflare/kumo";
import type { ReactNode } from "react";

/** The list inside a panel. */
export function Rows({ children, label }: { children: ReactNode; label?: string }) {
  return (
    <ul aria-label={label} className="divide-y divide-kumo-hairline">
      {children}
    </ul>
  );
}

type Props = {
  title: ReactNode;
  /** Beneath it, smaller. */
  text?: ReactNode;
  /** Buttons and the like, at the end of the line. */
  aside?: ReactNode;
  children?: ReactNode;
  className?: string;
};

/** One thing of such a list. What it opens into stands beneath it. */
export function Row({ title, text, aside, children, className }: Props) {
  return (
    <li className={cn("px-5 py-3.5", className)}>
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <div className="flex min-w-0 flex-1 basis-56 flex-col gap-0.5">
          <div className="flex min-w-0 flex-wrap items-center gap-x-2 gap-y-0.5 font-medium break-words text-kumo-strong">
            {title}
          </div>
          {text === undefined ? null : <div className="text-sm leading-5 text-kumo-subtle">{text}</div>}
        </div>
        {aside === undefined ? null : <div className="flex shrink-0 items-center gap-1">{aside}</div>}
      </div>
      {children}
    </li>
  );
}
