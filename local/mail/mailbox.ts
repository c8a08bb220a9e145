import { appendFile, readFile } from "node:fs/promises";

/** What was sent, oldest first; on disk, so that a link still waits after a restart. */
export type Message = { id: string; at: string; to: string; subject: string; text: string; links: string[] };

const LINK = /https?:\/\/[^\s<>"']+/g;

export class Mailbox {
  readonly #file: string;
  readonly #messages: Message[];

  private constructor(file: string, messages: Message[]) {
    this.#file = file;
    this.#messages = messages;
  }

  static async open(file: string): Promise<Mailbox> {
    const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return "";
      throw error;
    });
    const lines = text.split("\n").filter((line) => line !== "");
    return new Mailbox(
      file,
      lines.map((line) => JSON.parse(line) as Message),
    ); // Written by deliver alone.
  }

  /** Delivers once for each id. */
  async deliver(mail: Omit<Message, "links">): Promise<void> {
    if (this.#messages.some(({ id }) => id === mail.id)) return;
    const message = { ...mail, links: mail.text.match(LINK) ?? [] };
    this.#messages.push(message);
    await appendFile(this.#file, `${JSON.stringify(message)}\n`, { mode: 0o600 });
  }

  /** Newest first. */
  list(to: string | null): readonly Message[] {
    return this.#messages.filter((message) => to === null || message.to === to).toReversed();
  }
}
