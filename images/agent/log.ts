/** One line of the machine's log, in the form the gateways write theirs. */
export type Log = (level: "info" | "warn" | "error", message: string) => void;

export const consoleLog: Log = (level, message) => {
  const time = new Date().toISOString();
  process.stdout.write(`${JSON.stringify({ level, subsystem: "launchpad/agent", message, time })}\n`);
};
