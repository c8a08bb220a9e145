import { CheckCircleIcon } from "@phosphor-icons/react";
import type { ReactNode } from "react";

/** Says that something went well, to those who see it and those who hear it. */
export function DoneNote({ children, className }: { children: ReactNode; className?: string }) {
  return (
    <output className={className}>
      {children === null ? null : (
        <span className="flex animate-appear items-start gap-2 text-sm leading-5 text-kumo-default">
          <CheckCircleIcon
            weight="fill"
            size={16}
            aria-hidden="true"
            className="mt-0.5 shrink-0 text-kumo-success"
          />
          <span>{children}</span>
        </span>
      )}
    </output>
  );
}
