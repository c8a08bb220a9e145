import type { RefObject } from "react";
import { useEffect, useRef } from "react";

/** Moves the focus to the first field that an answer has refused. */
export function useFocusInvalid(error: unknown): RefObject<HTMLFormElement | null> {
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (error !== null)
      form.current?.querySelector<HTMLElement>(":is(input, textarea)[aria-invalid=true]")?.focus();
  }, [error]);
  return form;
}
