/**
 * Cuts a stream of bytes into lines, whatever pieces they arrive in. The last line of a stream that broke off is given
 * up: it would be half of one.
 */
export async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const pieces = (rest + decoder.decode(value, { stream: true })).split("\n");
      rest = pieces.pop() ?? "";
      for (const line of pieces) if (line !== "") yield line;
    }
  } finally {
    // Whoever stops reading closes the connection; that it is closed already is no news.
    await reader.cancel().catch(() => undefined);
  }
}
