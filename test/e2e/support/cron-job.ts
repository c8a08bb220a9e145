/** What the stories write into a runtime's state: a job that is never due while they run. */
export const JOB = "e2e-job";

/** Of the runtimes' own CLI, all three alike. */
export const ADD_JOB = [
  "cron",
  "add",
  "--name",
  JOB,
  "--cron",
  "0 3 1 1 *",
  "--session",
  "isolated",
  "--message",
  "hi",
] as const;
