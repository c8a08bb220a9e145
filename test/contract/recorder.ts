import type { Operation } from "../../worker/http/route.ts";
import { OPERATIONS } from "../../worker/http/routes/index.ts";

/** Every request that went through Prism, with what Prism had to say of it. */
export type Exchange = {
  operation: string;
  status: number;
  /** What went through which Prism: a strict one judges requests, too. */
  isStrict: boolean;
  violations: readonly string[];
  request: { method: string; path: string; headers: Headers; body: string | null };
  response: { type: string; text: string };
};

type Violation = { location?: readonly string[]; message?: string };

const PRISM_ERROR = "https://stoplight.io/prism/errors#";
const TOO_MANY = "Too many violations! ";

/**
 * Prism's own words for an API that hung up. workerd does that to whoever is still sending a body that was refused for
 * its length, and now and then to the next request on that connection: no answer of the API, so nothing to judge.
 */
const LOST = '{"type":"FetchError"';
export class LostConnection extends Error {
  override name = "LostConnection";
}

export class Recorder {
  readonly exchanges: Exchange[] = [];

  /** A fetch that sends to one Prism and writes down what happened. */
  through(isStrict: boolean): typeof fetch {
    return async (input, init) => {
      const request = new Request(input, init);
      // Prism hands a compressed answer on unpacked, and still says that it is compressed.
      request.headers.set("accept-encoding", "identity");
      const { method, headers, url } = request;
      const { pathname, search } = new URL(url);
      const body = method === "GET" ? null : await request.clone().text();
      const response = await fetch(request);
      const text = await response.clone().text();
      if (text.startsWith(LOST)) throw new LostConnection(text);
      this.exchanges.push({
        operation: operationAt(method, pathname),
        status: response.status,
        isStrict,
        violations: violationsOf(response.headers.get("sl-violations"), text, isStrict),
        request: { method, path: `${pathname}${search}`, headers, body },
        response: { type: response.headers.get("content-type") ?? "", text },
      });
      return response;
    };
  }
}

/** Of a bad request that was sent on purpose only the answer is judged. */
function violationsOf(header: string | null, text: string, isStrict: boolean): readonly string[] {
  const own = text.includes(PRISM_ERROR) ? [text] : [];
  if (header === null) return own;
  return [
    ...own,
    ...parse(header)
      .filter(({ location }) => isStrict || location?.[0] !== "request")
      .map(({ location = [], message = "" }) => `${location.join(".")}: ${message}`),
  ];
}

function parse(header: string): readonly Violation[] {
  if (header.startsWith(TOO_MANY)) return [{ message: header }];
  return JSON.parse(header) as Violation[]; // Written by Prism.
}

/** The operation of a request; where several paths fit, the one that says most. */
function operationAt(method: string, path: string): string {
  const [best] = OPERATIONS.map(({ definition }) => definition)
    .filter((definition) => definition.method === method.toLowerCase() && isAt(definition, path))
    .sort((a, b) => placeholders(a) - placeholders(b));
  return best?.operationId ?? `${method} ${path}`;
}

const placeholders = ({ path }: Operation["definition"]): number => path.split("{").length;

const isAt = ({ path }: Operation["definition"], actual: string): boolean =>
  new RegExp(`^${path.replaceAll(/\{\w+\}/g, "[^/]+")}$`).test(actual);
