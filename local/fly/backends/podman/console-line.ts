/**
 * Takes a line out of what conmon wraps around it (`<time> stdout F <text>`); a part of a long line (`P`) is kept until
 * its end comes. Answers null while there's nothing to show.
 */
export function unwrapLine(): (raw: string) => string | null {
  const parts: Record<string, string> = { stdout: "", stderr: "" };
  return (raw) => {
    const [, stream = "", flag, text = ""] = /^\S+ (stdout|stderr) ([FP])(?: (.*))?$/s.exec(raw) ?? [];
    // A line that was cut when the file was full.
    if (flag === undefined) return null;
    const whole = `${parts[stream] ?? ""}${text}`.slice(0, LINE_CHARS_MAX);
    parts[stream] = flag === "P" ? whole : "";
    return flag === "P" ? null : whole;
  };
}

const LINE_CHARS_MAX = 256 * 1024;
