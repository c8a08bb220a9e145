import { open, readFile, stat, truncate, writeFile } from "node:fs/promises";
import { stripVTControlCharacters } from "node:util";
import type { LogLine } from "../backend.ts";

/** How late a line may be seen. A log is read by people, and each poll is one stat(2). */
const POLL_MS = 200;
/** Past this the file is emptied once it has been read, so that a machine can't fill the disk with its talk. */
const MAX_FILE_BYTES = 20 * 1024 * 1024;
const CHUNK_BYTES = 256 * 1024;
/** A longer line is cut: a runtime that dumps an object shouldn't push a page of text out of everyone's view. */
const MAX_LINE_CHARS = 16 * 1024;

export type LogTail = {
  /** Reads what is left and stops. Resolves when the last line has been handed on. */
  close(): Promise<void>;
};

const LEVELS: Readonly<Record<string, LogLine["level"]>> = {
  warn: "warn",
  warning: "warn",
  error: "error",
  fatal: "error",
};

/** A JSON console line of OpenClaw and its predecessors: `{time, level, subsystem?, message, …}`. */
function parseJson(line: string, now: number): LogLine | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch {
    // Text that only looks like JSON is shown as it is.
    return null;
  }
  if (typeof parsed !== "object" || parsed === null) return null;
  const { time, level, subsystem, message, error } = parsed as Record<string, unknown>;
  if (typeof message !== "string") return null;
  const at = typeof time === "string" ? Date.parse(time) : Number.NaN;
  const parts = [
    ...(typeof subsystem === "string" ? [`[${subsystem}]`] : []),
    message,
    ...(typeof error === "string" ? [`(${error})`] : []),
  ];
  return {
    at: Number.isNaN(at) ? now : at,
    level: LEVELS[typeof level === "string" ? level : ""] ?? "info",
    message: parts.join(" "),
  };
}

/** One line of a console as people should see it; null when there's nothing in it. */
function parseLine(raw: string, now: number): LogLine | null {
  const line = stripVTControlCharacters(raw).trimEnd();
  if (line === "") return null;
  const parsed = line.startsWith("{") ? parseJson(line, now) : null;
  if (parsed !== null) return { ...parsed, message: parsed.message.slice(0, MAX_LINE_CHARS) };
  // Both streams of the machine go to one file, so an uncaught exception is only known by how V8 writes it.
  const level = /^\S*(?:Error|Exception)\b|: (?:\w*Error)\b/.test(line) ? "error" : "info";
  return { at: now, level, message: line.slice(0, MAX_LINE_CHARS) };
}

/**
 * Follows the file a machine's output goes to. The machine writes there itself, so it neither stops nor loses a line when
 * this server dies; how far we have read is kept beside the file, so that the next server goes on from there.
 */
export async function tailLog(
  path: string,
  onLog: (line: LogLine) => void,
  /** Takes a line out of what another program wrapped around it; null when there is nothing to show yet. */
  unwrap: (raw: string) => string | null = (raw) => raw,
): Promise<LogTail> {
  const positionPath = `${path}.position`;
  let position = Number(await readFile(positionPath, "utf8").catch(() => "0")) || 0;
  let pending = Buffer.alloc(0);
  let isClosing = false;
  let timer: NodeJS.Timeout | undefined;

  const emit = (bytes: Buffer): void => {
    const raw = unwrap(bytes.toString("utf8"));
    const line = raw === null ? null : parseLine(raw, Date.now());
    if (line !== null) onLog(line);
  };

  function take(chunk: Buffer): void {
    let rest = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    for (let end = rest.indexOf(10); end !== -1; end = rest.indexOf(10)) {
      emit(rest.subarray(0, end));
      rest = rest.subarray(end + 1);
    }
    if (rest.length > CHUNK_BYTES) {
      emit(rest);
      rest = Buffer.alloc(0);
    }
    pending = Buffer.from(rest);
  }

  async function readOn(): Promise<void> {
    const { size } = await stat(path);
    // Somebody emptied it: what is there now is all new.
    if (size < position) position = 0;
    if (size === position) return;
    const file = await open(path, "r");
    try {
      const buffer = Buffer.alloc(Math.min(CHUNK_BYTES, size - position));
      for (;;) {
        const { bytesRead } = await file.read(buffer, 0, buffer.length, position);
        if (bytesRead === 0) break;
        position += bytesRead;
        take(buffer.subarray(0, bytesRead));
      }
    } finally {
      await file.close();
    }
    if (position > MAX_FILE_BYTES) {
      // The machine appends, so its next write starts the file anew.
      await truncate(path, 0);
      position = 0;
    }
    await writeFile(positionPath, String(Math.max(0, position - pending.length)));
  }

  async function readSafely(): Promise<void> {
    try {
      await readOn();
    } catch {
      // The file went with its machine. There is nothing left to read.
    }
  }

  let reading = Promise.resolve();
  const poll = (): void => {
    reading = readSafely().then(() => {
      if (!isClosing) timer = setTimeout(poll, POLL_MS).unref();
    });
  };
  poll();

  return {
    async close() {
      isClosing = true;
      clearTimeout(timer);
      await reading;
      await readSafely();
      if (pending.length > 0) emit(pending);
      pending = Buffer.alloc(0);
    },
  };
}
