type Context = {
  request: Request;
  env: { API: { fetch: (request: Request) => Promise<Response> } };
};

const PREFIX = "/api";

/**
 * Hands `/api/*` to the control plane without the prefix. Host, headers and method stay as they came, bodies stream both
 * ways and a WebSocket upgrade passes, because the answer of the binding is returned as it is.
 */
export const onRequest = ({ request, env }: Context): Promise<Response> => {
  const url = new URL(request.url);
  url.pathname = url.pathname.slice(PREFIX.length);
  return env.API.fetch(new Request(url, request));
};
