import { constants } from "node:os";

/** A signal by name ("SIGTERM", "TERM") or number, as the API takes it; undefined when there is none or no such one. */
export function signalOf(value: string | number | undefined): NodeJS.Signals | undefined {
  if (value === undefined || value === "") return undefined;
  const names = Object.keys(constants.signals) as NodeJS.Signals[];
  if (typeof value === "number" || /^\d+$/.test(value)) {
    return names.find((name) => constants.signals[name] === Number(value));
  }
  const wanted = value.toUpperCase();
  return names.find((name) => name === wanted || name === `SIG${wanted}`);
}
