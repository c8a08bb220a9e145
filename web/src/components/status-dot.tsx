import { cn } from "@cloudflare/kumo";
import type { Tone } from "../deployment/words.ts";

const COLOURS: Record<Tone, string> = {
  good: "bg-kumo-success",
  busy: "bg-kumo-info",
  uneasy: "bg-kumo-warning",
  bad: "bg-kumo-danger",
  quiet: "bg-kumo-interact",
};

/** The colour of a state; it pulses while somebody is working. Decorative: the word stands beside it. */
export function StatusDot({ tone, className }: { tone: Tone; className?: string }) {
  const colour = COLOURS[tone];
  const isMoving = tone === "busy" || tone === "uneasy";
  return (
    <span aria-hidden="true" className={cn("relative inline-flex size-2 shrink-0", className)}>
      {isMoving ? <span className={cn("absolute inset-0 animate-halo rounded-full", colour)} /> : null}
      <span className={cn("relative size-2 rounded-full", colour)} />
    </span>
  );
}
