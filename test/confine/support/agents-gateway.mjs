// A gateway behind an agent, gone bad: tries what it is asked to try at /try?ask=<JSON>.
import { createServer } from "node:http";
import { attempts } from "./attempts.mjs";

async function tell(ask, response) {
  const { do: what, ...input } = JSON.parse(ask);
  const answer = await Promise.resolve(attempts[what](input)).catch((error) => ({ error: String(error) }));
  response.setHeader("content-type", "application/json").end(JSON.stringify(answer));
}

createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, "http://gateway");
  if (pathname === "/try") void tell(searchParams.get("ask"), response);
  else response.end("ok");
}).listen(Number(process.env.GATEWAY_PORT), "127.0.0.1");
process.on("SIGTERM", () => process.exit(0));
