import { randomUUID } from "node:crypto";
import { login, signup } from "../../../worker/contract/auth.ts";
import type { ApiClient } from "../../../worker/contract/client.ts";
import { apiClient } from "../../../worker/contract/client.ts";
import type { ControlPlane } from "../../../local/workers/control-plane.ts";

const PASSWORD = "a password for benchmarks";
const NO_LIMIT = 100_000;

/** Signs up, verifies and logs in; the account may have any number of deployments. */
export async function benchAccount(plane: ControlPlane, mailUrl: string): Promise<ApiClient> {
  const baseUrl = plane.url.origin;
  const credentials = { email: `bench-${randomUUID()}@example.com`, password: PASSWORD };
  const anonymous = apiClient({ baseUrl });
  await anonymous.call(signup, { json: credentials });
  const link = await firstLink(mailUrl, credentials.email);
  await fetch(`${baseUrl}/auth/verify${new URL(link).search}`, { redirect: "manual" });
  const { token } = await anonymous.call(login, { json: credentials });
  await (await plane.d1()).prepare("UPDATE subscriptions SET deployments_limit = ?").bind(NO_LIMIT).run();
  if (token === undefined) throw new Error("A client without Origin gets a token.");
  return apiClient({ baseUrl, token });
}

async function firstLink(mailUrl: string, email: string): Promise<string> {
  for (;;) {
    const messages = (await (await fetch(`${mailUrl}/messages?to=${email}`)).json()) as { links: string[] }[]; // Our own sink.
    const link = messages[0]?.links[0];
    if (link !== undefined) return link;
    await new Promise((elapsed) => setTimeout(elapsed, 20));
  }
}
