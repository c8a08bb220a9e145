/**
 * A language model for a laptop without an account: an OpenAI-compatible server that needs no key, downloads nothing
 * and always answers the same way, so that a chat with a real assistant can be shown, and asserted on, end to end.
 *
 * It serves what OpenClaw 2026.9.6 and its predecessors call with `api: "openai-completions"`, which is
 * `POST /v1/chat/completions` with `stream: true`; the other shapes are for curl and for people. It never asks for a
 * tool, which is always a legal answer.
 */
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { z } from "zod";

/** The id under which the runtimes' configuration names this model: `local/launchpad-echo`. */
export const MODEL_ID = "launchpad-echo";

/** Larger than any prompt a runtime builds for a short chat (OpenClaw's is about 60 kB), small enough for memory. */
const MAX_BODY_BYTES = 8 * 1024 * 1024;

/** Long enough to recognise one's own words in, short enough to stay one line in a chat. */
const MAX_QUOTE_CHARS = 400;

const contentPart = z.looseObject({ type: z.string(), text: z.string().optional() });

const chatRequest = z.looseObject({
  model: z.string().default(MODEL_ID),
  stream: z.boolean().default(false),
  stream_options: z.looseObject({ include_usage: z.boolean().optional() }).nullish(),
  messages: z.array(
    z.looseObject({
      role: z.string(),
      content: z.union([z.string(), z.array(contentPart)]).nullish(),
    }),
  ),
});

type ChatRequest = z.infer<typeof chatRequest>;

function textOf(content: ChatRequest["messages"][number]["content"]): string {
  if (content === null || content === undefined) return "";
  if (typeof content === "string") return content;
  return content.map((part) => part.text ?? "").join(" ");
}

/**
 * What OpenClaw 2026.9.6 puts around a person's words in user messages (seen 2026-11-23): who said it and when in front,
 * a line about itself behind, and notes to itself as a message of their own. A real model knows to look past them.
 */
const RUNTIME_NOTES = [
  /<<<BEGIN_OPENCLAW_INTERNAL_CONTEXT>>>.*?<<<END_OPENCLAW_INTERNAL_CONTEXT>>>/gs,
  /^\[[^\]]*\] Conversation info: .*?```json.*?```/s,
  /^Runtime: agent=.*$/m,
];

const withoutNotes = (text: string): string =>
  RUNTIME_NOTES.reduce((rest, note) => rest.replace(note, ""), text);

/** What the model says to a conversation: the same for the same words, and recognisable among a runtime's own texts. */
export function replyTo(messages: ChatRequest["messages"]): string {
  const said = messages
    .filter((message) => message.role === "user")
    .map((message) => withoutNotes(textOf(message.content)).replaceAll(/\s+/g, " ").trim())
    .findLast((text) => text !== "");
  if (said === undefined) return "Launchpad's local model is listening.";
  const quote = said.length > MAX_QUOTE_CHARS ? `${said.slice(0, MAX_QUOTE_CHARS)}…` : said;
  return `Launchpad's local model heard: ${quote}`;
}

async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

function sendError(response: ServerResponse, status: number, message: string): void {
  sendJson(response, status, { error: { message, type: "invalid_request_error" } });
}

/** A token is about four characters of English; the runtimes only show the number. */
const tokensIn = (text: string): number => Math.max(1, Math.ceil(text.length / 4));

function answer(request: ChatRequest, id: string, createdSeconds: number, response: ServerResponse) {
  const text = replyTo(request.messages);
  const promptTokens = request.messages.reduce((sum, message) => sum + tokensIn(textOf(message.content)), 0);
  const usage = {
    prompt_tokens: promptTokens,
    completion_tokens: tokensIn(text),
    total_tokens: promptTokens + tokensIn(text),
  };
  const common = { id, created: createdSeconds, model: request.model };

  if (!request.stream) {
    const choice = { index: 0, message: { role: "assistant", content: text }, finish_reason: "stop" };
    sendJson(response, 200, { ...common, object: "chat.completion", choices: [choice], usage });
    return;
  }

  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
  const send = (chunk: object): void => {
    const body = { ...common, object: "chat.completion.chunk", ...chunk };
    response.write(`data: ${JSON.stringify(body)}\n\n`);
  };
  const delta = (content: object, finish: "stop" | null): void =>
    send({ choices: [{ index: 0, delta: content, finish_reason: finish }] });

  delta({ role: "assistant", content: "" }, null);
  // Word by word, as a real model would, so that a client that mishandles partial text is noticed here.
  for (const word of text.match(/\S+\s*/g) ?? []) delta({ content: word }, null);
  delta({}, "stop");
  if (request.stream_options?.include_usage === true) send({ choices: [], usage });
  response.end("data: [DONE]\n\n");
}

/** Where the server answers: `url` is the base URL a provider's configuration takes, ending in `/v1`. */
export type ModelServer = { readonly url: string; close(): Promise<void> };

export async function startModel(options: { port?: number; now?: () => number } = {}): Promise<ModelServer> {
  const now = options.now ?? (() => Date.now());
  let answers = 0;

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = (request.url ?? "/").split("?")[0];
    if (request.method === "GET" && path === "/v1/models") {
      const model = { id: MODEL_ID, object: "model", created: 0, owned_by: "launchpad" };
      sendJson(response, 200, { object: "list", data: [model] });
      return;
    }
    if (request.method !== "POST" || path !== "/v1/chat/completions") {
      sendError(response, 404, `no such route: ${request.method} ${path}`);
      return;
    }
    const body = await readBody(request);
    if (body === null) {
      sendError(response, 413, "the request is larger than this server reads");
      return;
    }
    let json: unknown;
    try {
      json = JSON.parse(body);
    } catch {
      sendError(response, 400, "the body is not JSON");
      return;
    }
    const parsed = chatRequest.safeParse(json);
    if (!parsed.success) {
      sendError(response, 400, z.prettifyError(parsed.error));
      return;
    }
    answers += 1;
    answer(parsed.data, `chatcmpl-local-${answers}`, Math.floor(now() / 1000), response);
  };

  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
