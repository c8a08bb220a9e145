import type { Outcome } from "../domain/outcome.ts";
import { withDeadline } from "../platform/deadline.ts";

/** Where a machine's services answer, through Fly Proxy. */
export type GatewayAddress = {
  /** `FLY_APPS_BASE`; `{app}` stands for the app's name. */
  base: string;
  app: string;
  machineId: string;
};

/** Fly Proxy sends the request to this machine and no other (superfly/docs networking/dynamic-request-routing). */
export const FORCE_INSTANCE = "fly-force-instance-id";

export const gatewayUrl = ({ base, app }: GatewayAddress, path: string): string =>
  `${base.replace("{app}", app)}${path}`;

const PROBE_TIMEOUT_MS = 5_000;

/**
 * Asks a gateway that has no probe whether it serves, by the cheapest call that needs the whole of it. Changes nothing,
 * though it is a POST. 401 means that something else answers there.
 */
export async function probeGateway(
  fetcher: typeof fetch,
  address: GatewayAddress,
  token: string,
  signal?: AbortSignal,
): Promise<Outcome<null>> {
  try {
    return await withDeadline(PROBE_TIMEOUT_MS, signal, async (deadline): Promise<Outcome<null>> => {
      const response = await fetcher(gatewayUrl(address, "/tools/invoke"), {
        method: "POST",
        headers: {
          authorization: `Bearer ${token}`,
          "content-type": "application/json",
          [FORCE_INSTANCE]: address.machineId,
        },
        body: JSON.stringify({ tool: "sessions_list", args: {} }),
        signal: deadline,
      });
      await response.body?.cancel();
      return response.ok
        ? { kind: "ok", value: null }
        : { kind: "unavailable", detail: `The gateway answered ${response.status}.` };
    });
  } catch {
    return { kind: "unavailable", detail: "The gateway does not answer yet." };
  }
}
