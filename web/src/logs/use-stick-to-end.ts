import type { UIEvent } from "react";
import { useCallback, useEffect, useRef, useState } from "react";

/** Closer to the end than this counts as being there. */
const SLACK_PX = 24;

/**
 * Keeps a scrolling box at the end of its content, however that grows, until somebody scrolls up; back at the end it
 * goes on. Only going up is taken for a wish: content that grows or settles moves the end away too.
 */
export function useStickToEnd(isFrozen: boolean) {
  const box = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const lastTop = useRef(0);
  const isSticking = useRef(true);
  const [isAtEnd, setAtEnd] = useState(true);

  const goToEnd = useCallback((): void => {
    const element = box.current;
    if (element === null) return;
    isSticking.current = true;
    setAtEnd(true);
    element.scrollTop = element.scrollHeight;
  }, []);

  useEffect(() => {
    const outer = box.current;
    const inner = content.current;
    if (outer === null || inner === null || isFrozen) return undefined;
    // The content grows, and the box itself does with the window.
    const observer = new ResizeObserver(() => {
      if (isSticking.current) outer.scrollTop = outer.scrollHeight;
    });
    observer.observe(inner);
    observer.observe(outer);
    return () => observer.disconnect();
  }, [isFrozen]);

  const onScroll = useCallback(({ currentTarget }: UIEvent<HTMLDivElement>): void => {
    const { scrollHeight, scrollTop, clientHeight } = currentTarget;
    if (scrollHeight - scrollTop - clientHeight < SLACK_PX) isSticking.current = true;
    else if (scrollTop < lastTop.current) isSticking.current = false;
    lastTop.current = scrollTop;
    setAtEnd(isSticking.current);
  }, []);

  return { box, content, isAtEnd, onScroll, goToEnd };
}
