import type { Question } from "../components/confirm-dialog.tsx";
import type { Change } from "./use-change.ts";

/** Changes that take something away, if only for a minute. */
export type Confirmed = Extract<Change, "restart" | "stop" | "delete">;

/** What is asked before such a change. */
export function confirmationOf(change: Confirmed, name: string): Question {
  switch (change) {
    case "restart":
      return {
        title: `Restart ${name}?`,
        text: "Its machine restarts. What the assistant is doing now is interrupted, and it can't be reached until it answers again. Its volume and everything on it are kept.",
        button: "Restart deployment",
      };
    case "stop":
      return {
        title: `Stop ${name}?`,
        text: "The assistant gets time to finish, then its machine is stopped. Nobody can reach it until you start it again. Its volume and everything on it are kept.",
        button: "Stop deployment",
      };
    case "delete":
      return {
        title: `Delete ${name}?`,
        text: "Its machine is stopped and deleted, and the assistant can't be reached any more. Its volume is kept until the retention ends, which this page will show; then everything is deleted for good.",
        button: "Delete deployment",
        isDestructive: true,
        typed: name,
      };
  }
}
