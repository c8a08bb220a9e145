import { afterEach, beforeEach, expect, test } from "vitest";
import { MODEL_ID, replyTo, startModel, type ModelServer } from "./server.ts";

let model: ModelServer;

beforeEach(async () => {
  model = await startModel({ now: () => 1_795_000_000_000 });
});

afterEach(() => model.close());

const ask = (body: unknown) =>
  fetch(`${model.url}/chat/completions`, { method: "POST", body: JSON.stringify(body) });

test("a chat without streaming: one completion that repeats the last words", async () => {
  const response = await ask({ model: MODEL_ID, messages: [{ role: "user", content: "good  morning" }] });
  expect(await response.json()).toMatchObject({
    object: "chat.completion",
    created: 1_795_000_000,
    choices: [
      {
        message: { role: "assistant", content: "Launchpad's local model heard: good morning" },
        finish_reason: "stop",
      },
    ],
    usage: { prompt_tokens: 4, completion_tokens: 11, total_tokens: 15 },
  });
});

test("a streamed chat: the same words in pieces, usage when asked for, then the end", async () => {
  const response = await ask({
    stream: true,
    stream_options: { include_usage: true },
    messages: [{ role: "user", content: [{ type: "text", text: "good morning" }] }],
  });
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  const events = (await response.text()).split("\n\n").filter((event) => event !== "");
  expect(events.pop()).toBe("data: [DONE]");
  const chunks = events.map(
    (event) =>
      JSON.parse(event.slice("data: ".length)) as {
        choices: { delta: { content?: string }; finish_reason: string | null }[];
        usage?: { total_tokens: number };
      },
  );
  const text = chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "").join("");
  expect(text).toBe("Launchpad's local model heard: good morning");
  expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe("stop");
  expect(chunks.at(-1)?.usage?.total_tokens).toBe(14);
});

test("what a runtime adds around a person's words isn't repeated", () => {
  const notes = "<<<BEGIN_OPENCLAW_INTERNAL_CONTEXT>>>\nnone\n<<<END_OPENCLAW_INTERNAL_CONTEXT>>>";
  const sent =
    '[Mon 2026-11-23 22:12 UTC] Conversation info: x\n```json\n{"sender":{}}\n```\n\nHello\n\nRuntime: agent=main | host=vm';
  const messages = [
    { role: "user", content: sent },
    { role: "user", content: [{ type: "text", text: notes }] },
  ];
  expect(replyTo(messages)).toBe("Launchpad's local model heard: Hello");
  expect(replyTo([{ role: "system", content: "be nice" }])).toBe("Launchpad's local model is listening.");
});

test("the models are listed; anything else is refused with a sentence", async () => {
  expect(await (await fetch(`${model.url}/models`)).json()).toMatchObject({ data: [{ id: MODEL_ID }] });
  expect((await ask({ messages: "none" })).status).toBe(400);
  expect((await fetch(`${model.url}/embeddings`, { method: "POST" })).status).toBe(404);
  const notJson = await fetch(`${model.url}/chat/completions`, { method: "POST", body: "{" });
  expect(await notJson.json()).toEqual({
    error: { message: "the body is not JSON", type: "invalid_request_error" },
  });
});
