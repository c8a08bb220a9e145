import { request as send } from "node:http";
import type { Agent, ClientRequest, IncomingMessage, ServerResponse } from "node:http";
import { answerHeaders } from "./headers.ts";

/** A gateway that says nothing for so long on an open request has forgotten it. */
const IDLE_MS = 10 * 60_000;

/** Passes a request on, body and answer as streams, both at the pace of the slower side. */
export function forward(
  incoming: IncomingMessage,
  answer: ServerResponse,
  to: { headers: string[]; port: number; agent: Agent },
): void {
  const { "transfer-encoding": encoding, "content-length": length } = incoming.headers;
  const hasBody = encoding !== undefined || length !== undefined;
  const mayRepeat = !hasBody && (incoming.method === "GET" || incoming.method === "HEAD");
  // Said in so many words: by itself Node sends a chunked GET or DELETE without its frames, and what was a body would
  // be the next request on the gateway's connection.
  if (encoding !== undefined) to.headers.push("transfer-encoding", "chunked");
  let outgoing = begin();
  answer.once("close", () => outgoing.destroy());
  if (!hasBody) {
    outgoing.end();
    return;
  }
  incoming.on("error", () => outgoing.destroy());
  incoming.pipe(outgoing);

  function begin(isAgain = false): ClientRequest {
    const call = send({
      host: "127.0.0.1",
      port: to.port,
      agent: to.agent,
      method: incoming.method ?? "GET",
      path: incoming.url ?? "/",
      headers: to.headers,
      setHost: false,
      timeout: IDLE_MS,
    });
    call.once("timeout", () => call.destroy(new Error("The gateway says nothing.")));
    call.once("response", (response) => {
      answer.writeHead(response.statusCode ?? 502, response.statusMessage, answerHeaders(response));
      // Sent at once: the first byte of an event stream may be a while.
      answer.flushHeaders();
      response.pipe(answer);
      response.once("error", () => answer.destroy());
      response.once("aborted", () => answer.destroy());
    });
    call.on("error", () => {
      // The gateway closed a kept connection just as it was used again. What only reads may be asked once more.
      if (mayRepeat && call.reusedSocket && !isAgain && !answer.headersSent && !answer.destroyed) {
        outgoing = begin(true);
        outgoing.end();
      } else fail(answer);
    });
    return call;
  }
}

function fail(answer: ServerResponse): void {
  if (answer.headersSent || answer.destroyed) answer.destroy();
  else answer.writeHead(502, { "content-length": 0 }).end();
}
