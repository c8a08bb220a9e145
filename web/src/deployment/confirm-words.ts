import type { Change } from "./use-change.ts";

/** Changes that take something away, if only for a minute. */
export type Confirmed = Extract<Change, "restart" | "stop" | "delete">;

type Words = { title: (name: string) => string; text: string; button: string };

export const CONFIRM_WORDS: Record<Confirmed, Words> = {
  restart: {
    title: (name) => `Restart ${name}?`,
    text: "Its machine restarts. What the assistant is doing now is interrupted, and it can't be reached until it answers again. Its volume and everything on it are kept.",
    button: "Restart deployment",
  },
  stop: {
    title: (name) => `Stop ${name}?`,
    text: "The assistant gets time to finish, then its machine is stopped. Nobody can reach it until you start it again. Its volume and everything on it are kept.",
    button: "Stop deployment",
  },
  delete: {
    title: (name) => `Delete ${name}?`,
    text: "Its machine is stopped and deleted, and the assistant can't be reached any more. Its volume is kept until the retention ends, which this page will show; then everything is deleted for good.",
    button: "Delete deployment",
  },
};
