import type { Outcome } from "../../domain/outcome.ts";

/** What goes out. Plain text: nothing to render, nothing to hide. */
export type Mail = { id: string; to: string; subject: string; text: string };

/** A way to send mail. Sending the same `id` twice must deliver once. */
export type Mailer = { send(mail: Mail): Promise<Outcome<null>> };
