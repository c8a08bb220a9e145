import { cn } from "@cloudflare/kumo";
import { formatClock, formatExact } from "../time/relative.ts";
import type { NumberedLine } from "./log-buffer.ts";
import { plain } from "./log-buffer.ts";

/** One line: when, how grave, what. */
export function LogRow({ line: { at, level, message } }: { line: NumberedLine }) {
  const instant = Date.parse(at);
  const isDated = !Number.isNaN(instant);
  const { row, word, text } = looksOf(level);
  return (
    <div className={cn("flex flex-wrap gap-x-3 px-5 sm:flex-nowrap", row)}>
      <time
        dateTime={at}
        title={isDated ? formatExact(instant) : at}
        className="shrink-0 text-kumo-subtle tabular-nums"
      >
        {isDated ? formatClock(instant) : at}
      </time>
      <span className={cn("w-10 shrink-0", word)}>{level}</span>
      <span className={cn("min-w-0 basis-full break-words whitespace-pre-wrap sm:basis-auto", text)}>
        {plain(message)}
      </span>
    </div>
  );
}

type Looks = { row: string; word: string; text: string };

const ERROR: Looks = {
  row: "bg-kumo-danger-tint",
  word: "text-kumo-danger font-medium",
  text: "text-kumo-danger",
};
const WARNING: Looks = {
  row: "bg-kumo-warning-tint",
  word: "text-kumo-default font-medium",
  text: "text-kumo-default",
};
const INFO: Looks = { row: "hover:bg-kumo-elevated", word: "text-kumo-info", text: "text-kumo-default" };
const OTHER: Looks = { row: "hover:bg-kumo-elevated", word: "text-kumo-subtle", text: "text-kumo-subtle" };

function looksOf(level: string): Looks {
  if (/^(error|fatal|crit)/i.test(level)) return ERROR;
  if (/^warn/i.test(level)) return WARNING;
  return /^(debug|trace)/i.test(level) ? OTHER : INFO;
}
