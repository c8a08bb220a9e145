/** Answers each JSON line on standard input by the handler that its `do` names. */
export function serveLines(handlers: Record<string, (request: never) => unknown>): void;
