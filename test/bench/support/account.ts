import { randomUUID } from "node:crypto";
import { tokenOf } from "../../../local/mail/token-of.ts";
import { signup, verify } from "../../../worker/contract/auth.ts";
import type { ApiClient } from "../../../worker/contract/client.ts";
import { apiClient } from "../../../worker/contract/client.ts";
import type { ControlPlane } from "../../../local/workers/control-plane.ts";
import { logIn, mailedLink } from "../../e2e/support/launchpad.ts";

const PASSWORD = "a password for benchmarks";
const NO_LIMIT = 100_000;

/** Signs up, verifies and logs in; the account may have any number of deployments. */
export async function benchAccount(plane: ControlPlane, mailUrl: string): Promise<ApiClient> {
  const baseUrl = plane.url.origin;
  const credentials = { email: `bench-${randomUUID()}@example.com`, password: PASSWORD };
  await apiClient({ baseUrl }).call(signup, { json: credentials });
  const token = tokenOf(await mailedLink(mailUrl, credentials.email));
  await apiClient({ baseUrl }).call(verify, { json: { token } });
  await (await plane.d1()).prepare("UPDATE subscriptions SET deployments_limit = ?").bind(NO_LIMIT).run();
  return logIn(baseUrl, credentials.email, credentials.password);
}
