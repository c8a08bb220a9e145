import { Button, cn } from "@cloudflare/kumo";
import { ArrowDownIcon } from "@phosphor-icons/react";
import { memo, useLayoutEffect, useRef, useState } from "react";
import { formatClock, formatExact } from "../time/relative.ts";
import type { LogBlock, LogBuffer, NumberedLine } from "./log-buffer.ts";
import { plain } from "./log-buffer.ts";

/** Closer to the end than this counts as being there. */
const END_SLACK_PX = 24;

type Props = { buffer: LogBuffer; isFrozen: boolean; emptyWords: string };

/** Lines of text that stay at their end until somebody scrolls up to read. */
export function LogLines({ buffer, isFrozen, emptyWords }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const [isAtEnd, setAtEnd] = useState(true);

  const goToEnd = (): void => {
    const element = box.current;
    if (element !== null) element.scrollTop = element.scrollHeight;
  };
  useLayoutEffect(() => {
    if (isAtEnd && !isFrozen) goToEnd();
  }, [buffer, isAtEnd, isFrozen]);

  return (
    <div className="relative">
      {/* Focusable, because a region that scrolls must do so by keyboard; not live, because it would never be silent. */}
      <div
        ref={box}
        role="log"
        aria-live="off"
        aria-label="Log lines"
        data-testid="logs"
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- A region that scrolls must be reachable by keyboard.
        tabIndex={0}
        onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) =>
          setAtEnd(scrollHeight - scrollTop - clientHeight < END_SLACK_PX)
        }
        className="h-96 overflow-y-auto overscroll-contain bg-kumo-elevated py-3 font-mono text-xs leading-5 outline-none focus-visible:ring-2 focus-visible:ring-kumo-brand focus-visible:ring-inset lg:h-[calc(100dvh-12rem)] lg:min-h-96"
      >
        {buffer.blocks.length === 0 ? (
          <p className="px-5 py-2 font-sans text-base text-kumo-subtle">{emptyWords}</p>
        ) : (
          buffer.blocks.map((block) => <Block key={block.id} block={block} />)
        )}
      </div>
      {isAtEnd ? null : (
        <div className="absolute inset-x-0 bottom-3 flex justify-center">
          <Button size="sm" icon={<ArrowDownIcon />} onClick={goToEnd} className="shadow-sm">
            Newest lines
          </Button>
        </div>
      )}
    </div>
  );
}

const Block = memo(({ block }: { block: LogBlock }) => (
  <div className="[contain-intrinsic-size:auto_2000px] [content-visibility:auto]">
    {block.lines.map((line) => (
      <Line key={line.number} line={line} />
    ))}
  </div>
));
Block.displayName = "LogBlock";

function Line({ line: { at, level, message } }: { line: NumberedLine }) {
  const instant = Date.parse(at);
  const isDated = !Number.isNaN(instant);
  return (
    <div className="flex gap-3 px-5 hover:bg-kumo-tint">
      <time
        dateTime={at}
        title={isDated ? formatExact(instant) : at}
        className="shrink-0 text-kumo-subtle tabular-nums select-none"
      >
        {isDated ? formatClock(instant) : at}
      </time>
      <span className={cn("w-10 shrink-0 select-none", colourOf(level))}>{level}</span>
      <span className={cn("min-w-0 break-words whitespace-pre-wrap", isLoud(level) ? colourOf(level) : "text-kumo-default")}>
        {plain(message)}
      </span>
    </div>
  );
}

const isLoud = (level: string): boolean => /^(error|fatal|warn)/i.test(level);

function colourOf(level: string): string {
  if (/^(error|fatal)/i.test(level)) return "text-kumo-danger";
  if (/^warn/i.test(level)) return "text-kumo-warning";
  return /^info/i.test(level) ? "text-kumo-info" : "text-kumo-subtle";
}
