import type { Outcome } from "../../domain/outcome.ts";

/** What goes out. Plain text: nothing to render, nothing to hide. */
export type Mail = { id: string; to: string; subject: string; text: string };

/** A way to send mail. */
export type Mailer = {
  /** Whether sending the same `id` twice delivers once; if not, what may have gone out is not sent again. */
  deliversOnce: boolean;
  send(mail: Mail): Promise<Outcome<null>>;
};
