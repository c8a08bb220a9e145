import { describe, expect, it } from "vitest";
import { linesOf } from "./ndjson.ts";

const streamOf = (...pieces: (string | Uint8Array)[]) =>
  new ReadableStream<Uint8Array>({
    start(controller) {
      for (const piece of pieces)
        controller.enqueue(typeof piece === "string" ? new TextEncoder().encode(piece) : piece);
      controller.close();
    },
  });

const collect = async (stream: ReadableStream<Uint8Array>): Promise<string[]> => {
  const lines: string[] = [];
  for await (const line of linesOf(stream)) lines.push(line);
  return lines;
};

describe("log stream", () => {
  it("a line cut in two arrives whole", async () => {
    expect(await collect(streamOf('{"a":', '1}\n{"b"', ":2}\n"))).toEqual(['{"a":1}', '{"b":2}']);
  });

  it("a character cut in two arrives whole", async () => {
    const bytes = new TextEncoder().encode("é\n");
    expect(await collect(streamOf(bytes.slice(0, 1), bytes.slice(1)))).toEqual(["é"]);
  });

  it("the half line of a stream that broke off is given up", async () => {
    expect(await collect(streamOf("whole\nhal"))).toEqual(["whole"]);
  });

  it("empty lines are no lines", async () => {
    expect(await collect(streamOf("\n\na\n\n"))).toEqual(["a"]);
  });

  it("whoever stops reading closes the stream", async () => {
    let isCancelled = false;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new TextEncoder().encode("x\n")),
      cancel: () => {
        isCancelled = true;
      },
    });
    for await (const line of linesOf(endless)) {
      expect(line).toBe("x");
      break;
    }
    expect(isCancelled).toBe(true);
  });
});
