import { cn } from "@cloudflare/kumo";
import { CheckIcon, XIcon } from "@phosphor-icons/react";
import type { ReactNode } from "react";
import type { StepView } from "./steps.ts";

const WORDS: Record<StepView["state"], string> = {
  done: "Done:",
  current: "Under way:",
  failed: "Failed:",
  waiting: "Still to come:",
};

/** The state of a step as a mark, and as a word for those who can't see it. */
export function StepMark({ state }: { state: StepView["state"] }) {
  return (
    <span className="relative mt-px grid size-5 shrink-0 place-items-center rounded-full bg-kumo-base">
      <Mark state={state} />
      <span className="sr-only">{WORDS[state]}</span>
    </span>
  );
}

function Mark({ state }: { state: StepView["state"] }) {
  switch (state) {
    case "done":
      return (
        <Disc className="bg-kumo-success-tint text-kumo-success">
          <CheckIcon size={12} weight="bold" />
        </Disc>
      );
    case "failed":
      return (
        <Disc className="bg-kumo-danger-tint text-kumo-danger">
          <XIcon size={12} weight="bold" />
        </Disc>
      );
    case "current":
      return (
        <svg
          aria-hidden="true"
          viewBox="0 0 20 20"
          className="size-5 animate-spin text-kumo-info [animation-duration:1.4s]"
        >
          <circle cx="10" cy="10" r="7.5" fill="none" stroke="currentColor" strokeWidth="2" opacity="0.2" />
          <path
            d="M10 2.5a7.5 7.5 0 0 1 7.5 7.5"
            fill="none"
            stroke="currentColor"
            strokeWidth="2"
            strokeLinecap="round"
          />
        </svg>
      );
    case "waiting":
      return <span aria-hidden="true" className="size-2 rounded-full ring-2 ring-kumo-line" />;
  }
}

const Disc = ({ className, children }: { className: string; children: ReactNode }) => (
  <span aria-hidden="true" className={cn("grid size-5 place-items-center rounded-full", className)}>
    {children}
  </span>
);
