import { WebSocket } from "ws";

/**
 * Everything that was asked for and answered while the story ran. What we send in bodies and headers is no leak and isn't
 * kept; addresses are, because others keep those: logs, histories, proxies.
 */
export type Recorded = {
  number: number;
  from: From;
  method: string;
  url: string;
  status: number;
  headers: string;
  body: string;
  /** The test itself wrote something into this address that has no place there, to see where it goes. */
  isProvoked: boolean;
};
export type From = "api" | "door" | "fly" | "mail" | "dashboard";

export class Recorder {
  readonly #all: Recorded[] = [];

  get all(): readonly Recorded[] {
    return this.#all;
  }

  /** The first answer with this text in it. */
  firstWith(text: string): Recorded | null {
    return this.#all.find(({ headers, body }) => body.includes(text) || headers.includes(text)) ?? null;
  }

  /** A `fetch` whose answers are kept whole. */
  fetchFrom(from: From, options: { isProvoked?: boolean; send?: typeof fetch } = {}): typeof fetch {
    return async (input, init) => {
      // For its method and address alone: a body can be read once.
      const request = new Request(input, init);
      const response = await (options.send ?? fetch)(input, init);
      const body = response.status === 204 ? "" : await response.text();
      this.#keep({
        from,
        method: request.method,
        url: request.url,
        status: response.status,
        headers: [...response.headers].map(([name, value]) => `${name}: ${value}`).join("\n"),
        body,
        isProvoked: options.isProvoked ?? false,
      });
      const { status, headers } = response;
      return new Response(status === 204 || status === 304 ? null : body, { status, headers });
    };
  }

  /** Keeps every message of a WebSocket until it is closed. */
  async watch(url: string, headers: Readonly<Record<string, string>>): Promise<() => void> {
    const socket = new WebSocket(url, { headers });
    socket.on("message", (data: Buffer) =>
      this.#keep({
        from: "api",
        method: "GET",
        url,
        status: 101,
        headers: "",
        body: data.toString("utf8"),
        isProvoked: false,
      }),
    );
    await new Promise<void>((resolve, reject) => {
      socket.once("open", () => resolve());
      socket.once("error", reject);
    });
    return () => socket.terminate();
  }

  /** The beginning of an answer that never ends. */
  async listen(
    from: From,
    url: string,
    headers: Readonly<Record<string, string>>,
    forMs: number,
  ): Promise<void> {
    const controller = new AbortController();
    const response = await fetch(url, { headers, signal: controller.signal });
    const chunks: string[] = [];
    const timer = setTimeout(() => controller.abort(), forMs);
    try {
      const decoder = new TextDecoder();
      for await (const chunk of response.body ?? []) chunks.push(decoder.decode(chunk, { stream: true }));
    } catch (error) {
      if (!controller.signal.aborted) throw error;
    } finally {
      clearTimeout(timer);
    }
    const kept = { from, method: "GET", url, status: response.status, headers: "", isProvoked: false };
    this.#keep({ ...kept, body: chunks.join("") });
  }

  #keep(record: Omit<Recorded, "number">): void {
    this.#all.push({ number: this.#all.length, ...record });
  }
}
