import { Button, cn } from "@cloudflare/kumo";
import { ArrowDownIcon } from "@phosphor-icons/react";
import { memo } from "react";
import type { LogBlock, LogBuffer } from "./log-buffer.ts";
import { LogRow } from "./log-row.tsx";
import { useStickToEnd } from "./use-stick-to-end.ts";

type Props = { buffer: LogBuffer; isFrozen: boolean; emptyWords: string };

/** Lines of text that stay at their end until somebody scrolls up to read. */
export function LogLines({ buffer, isFrozen, emptyWords }: Props) {
  const isEmpty = buffer.blocks.length === 0;
  const { box, content, isAtEnd, onScroll, goToEnd } = useStickToEnd(isFrozen);
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
        onScroll={onScroll}
        className={cn(
          isEmpty ? "h-40" : "h-96",
          "overflow-y-auto overscroll-contain font-mono text-xs leading-5 outline-none focus-visible:ring-2 focus-visible:ring-kumo-brand focus-visible:ring-inset lg:h-[calc(100dvh-12rem)] lg:min-h-96",
        )}
      >
        <div ref={content} className="py-2">
          {isEmpty ? (
            <p className="px-5 py-2 font-sans text-base text-kumo-subtle">{emptyWords}</p>
          ) : (
            buffer.blocks.map((block) => <Block key={block.id} block={block} />)
          )}
        </div>
      </div>
      {isAtEnd ? null : (
        <div className="pointer-events-none absolute inset-x-0 bottom-3 flex justify-center">
          <Button
            size="sm"
            icon={<ArrowDownIcon />}
            onClick={goToEnd}
            className="pointer-events-auto shadow-sm"
          >
            Newest lines
          </Button>
        </div>
      )}
    </div>
  );
}

const LINE_HEIGHT_PX = 20;

/** Blocks out of sight are not laid out; they are taken to be as high as lines that don't wrap. */
const Block = memo(({ block: { lines } }: { block: LogBlock }) => (
  <div
    className="[content-visibility:auto]"
    style={{ containIntrinsicBlockSize: `auto ${lines.length * LINE_HEIGHT_PX}px` }}
  >
    {lines.map((line) => (
      <LogRow key={line.number} line={line} />
    ))}
  </div>
));
Block.displayName = "LogBlock";
