import type { LogLine } from "../../../worker/contract/deployments.ts";

/** A line and the number it was received under, which never repeats. */
export type NumberedLine = LogLine & { number: number };

/**
 * The newest lines, in blocks that are drawn as one and not again once they are full. Immutable: a change of one block
 * leaves the others the same objects.
 */
export type LogBuffer = {
  blocks: readonly LogBlock[];
  /** How many lines were ever received. */
  received: number;
};
export type LogBlock = { id: number; lines: readonly NumberedLine[] };

export const BLOCK_LINES = 100;
/** What a person can look through and a browser can hold without effort. */
export const LINES_MAX = 5_000;
const BLOCKS_MAX = LINES_MAX / BLOCK_LINES;

export const EMPTY_LOG: LogBuffer = { blocks: [], received: 0 };

/** Adds lines at the end; the oldest block goes when the buffer is full. */
export function appendLines(buffer: LogBuffer, lines: readonly LogLine[]): LogBuffer {
  if (lines.length === 0) return buffer;
  const blocks = [...buffer.blocks];
  let { received } = buffer;
  let open: NumberedLine[] = [];
  const last = blocks.at(-1);
  if (last !== undefined && last.lines.length < BLOCK_LINES) {
    blocks.pop();
    open = [...last.lines];
  }
  for (const line of lines) {
    open.push({ ...line, number: received });
    received += 1;
    if (open.length === BLOCK_LINES) {
      blocks.push(blockOf(open));
      open = [];
    }
  }
  if (open.length > 0) blocks.push(blockOf(open));
  return { blocks: blocks.slice(-BLOCKS_MAX), received };
}

const blockOf = (lines: readonly NumberedLine[]): LogBlock => ({
  id: Math.floor((lines[0]?.number ?? 0) / BLOCK_LINES),
  lines,
});

export const linesIn = ({ blocks }: LogBuffer): readonly NumberedLine[] =>
  blocks.flatMap(({ lines }) => lines);

export const countLines = ({ blocks }: LogBuffer): number =>
  blocks.reduce((sum, { lines }) => sum + lines.length, 0);

/**
 * A filter for the tail that a new connection begins with: what the page has already is left out. A line is known by
 * its instant and text; the same text at the same instant twice is the same to a reader anyway.
 */
export function unseen(buffer: LogBuffer, tailLines: number): (line: LogLine) => boolean {
  const known = new Set(linesIn(buffer).slice(-tailLines).map(keyOf));
  return (line) => !known.has(keyOf(line));
}

const keyOf = ({ at, message }: LogLine): string => `${at} ${message}`;

/** The lines as text, for the clipboard. */
export const textOf = (buffer: LogBuffer): string =>
  linesIn(buffer)
    .map(({ at, level, message }) => `${at} ${level} ${plain(message)}`)
    .join("\n");

/** Terminal colours (ECMA-48 SGR) mean nothing here. */
// oxlint-disable-next-line no-control-regex -- The escape character is exactly what is looked for.
export const plain = (message: string): string => message.replace(/\u001b\[[\d;]*m/g, "");
