import { listen } from "../../local/process/listen.ts";
import { startPrism } from "./proxy.ts";
import { Recorder } from "./recorder.ts";
import type { Exchange } from "./recorder.ts";

/**
 * Whether Prism looks at all: it says nothing where it can't read a schema. Every kind of answer that was seen is given
 * once more, altered, by a server that lies, and each lie must be found.
 */
export type Lie = { operation: string; status: number; what: string };

type Answer = { status: number; type: string; body: string };

/** Whatever is handed on as a library made it, its inside isn't described. */
const FREE: ReadonlySet<string> = new Set(["offerPasskey", "askForPasskey"]);

/** Of an answer and of what was not believed of it. */
export async function tellLies(
  exchanges: readonly Exchange[],
): Promise<{ told: number; believed: readonly Lie[] }> {
  let next: Answer = { status: 500, type: "text/plain", body: "" };
  const liar = await listen(
    () =>
      new Response(next.status === 204 ? null : next.body, {
        status: next.status,
        headers: {
          ...(next.type === "" ? {} : { "content-type": next.type }),
          "x-request-id": `req_${"0".repeat(26)}`,
          "x-ratelimit-limit": "1200",
          "retry-after": "5",
        },
      }),
    0,
  );
  const prism = await startPrism({ upstream: liar.url, isStrict: false });
  const believed: Lie[] = [];
  let told = 0;
  try {
    for (const exchange of firstOfEach(exchanges))
      for (const [what, answer] of liesAbout(exchange)) {
        const recorder = new Recorder();
        const { method, path, headers, body } = exchange.request;
        next = answer;
        told += 1;
        await recorder.through(false)(`${prism.url}${path}`, { method, headers, ...(body ? { body } : {}) });
        const isFound = recorder.exchanges.some(({ violations }) => violations.length > 0);
        if (!isFound) believed.push({ operation: exchange.operation, status: exchange.status, what });
      }
  } finally {
    await prism.stop();
    await liar.close();
  }
  return { told, believed };
}

const firstOfEach = (exchanges: readonly Exchange[]): Exchange[] => [
  ...new Map(exchanges.toReversed().map((one) => [`${one.operation} ${one.status}`, one] as const)).values(),
];

function* liesAbout({ operation, status, response }: Exchange): Generator<[string, Answer]> {
  const { type, text } = response;
  const lie = (what: string, answer: Partial<Answer>): [string, Answer] => [
    what,
    { status, type, body: text, ...answer },
  ];
  yield lie("a status that is not described", { status: 299 });
  if (text === "") return;
  yield lie("another media type", { type: "text/html", body: "<p>Hello</p>" });
  yield lie("a text for an object", { body: '"text"' });
  if (status < 300 && FREE.has(operation)) return;
  const fields = JSON.parse(text) as Record<string, unknown>; // Every described answer is an object.
  yield lie("a field too many", { body: JSON.stringify({ ...fields, passwordHash: "$scrypt$" }) });
  if (status >= 400) {
    yield lie("the code of another operation", {
      body: JSON.stringify({ ...fields, code: "backup.not_of_here" }),
    });
    return;
  }
  for (const [name, value] of Object.entries(fields)) {
    const other = typeof value === "object" && value !== null ? "a lie" : { lie: true };
    yield lie(`another type of ${name}`, { body: JSON.stringify({ ...fields, [name]: other }) });
  }
}
