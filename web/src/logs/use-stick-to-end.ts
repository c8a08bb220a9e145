import type { RefObject, UIEvent } from "react";
import { useCallback, useEffect, useRef, useState } from "react";

/** Closer to the end than this counts as being there. */
const SLACK_PX = 24;
/** A scroll this soon after a hand was on the box is its doing. */
const HAND_MS = 1_000;
const HANDS = ["wheel", "touchmove", "pointerdown", "keydown"] as const;

/**
 * Keeps a scrolling box at the end of its content, however that grows, until somebody scrolls up; back at the end it
 * goes on. Browsers scroll by themselves when content shrinks or is measured anew, so only a scroll up by hand counts.
 */
export function useStickToEnd(isFrozen: boolean) {
  const box = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const lastTop = useRef(0);
  const handAt = useHands(box);
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

  const onScroll = useCallback(
    ({ currentTarget }: UIEvent<HTMLDivElement>): void => {
      const { scrollHeight, scrollTop, clientHeight } = currentTarget;
      const isByHand = performance.now() - handAt.current < HAND_MS;
      if (scrollHeight - scrollTop - clientHeight < SLACK_PX) isSticking.current = true;
      else if (scrollTop < lastTop.current && isByHand) isSticking.current = false;
      lastTop.current = scrollTop;
      setAtEnd(isSticking.current);
    },
    [handAt],
  );

  return { box, content, isAtEnd, onScroll, goToEnd };
}

/** When a mouse, finger or key last touched the element. */
function useHands(element: RefObject<HTMLElement | null>): RefObject<number> {
  const at = useRef(Number.NEGATIVE_INFINITY);
  useEffect(() => {
    const target = element.current;
    if (target === null) return undefined;
    const touch = (): void => {
      at.current = performance.now();
    };
    for (const hand of HANDS) target.addEventListener(hand, touch, { passive: true });
    return () => {
      for (const hand of HANDS) target.removeEventListener(hand, touch);
    };
  }, [element]);
  return at;
}
